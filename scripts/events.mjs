// Windows event XML of script block events, for samples and tests.

/**
 * @typedef {object} ScriptEvent
 * @property {string} text
 * @property {string} [time]
 * @property {string} [computer] "" for none
 * @property {string} [user] SID
 * @property {string} [scriptBlockId]
 * @property {number} [record]
 * @property {number} [part]
 * @property {number} [total]
 * @property {string} [path]
 * @property {number} [level] 5 verbose, 3 where PowerShell itself found the text suspicious
 */

const PROVIDER = 'Name="Microsoft-Windows-PowerShell" Guid="{a0c1853b-5c40-4b15-8766-3cf1c58f985a}"';

/** @param {ScriptEvent} event */
export function eventXml({
  text,
  time = "2026-08-08T06:13:52.0830000Z",
  computer = "FS03.corp.example",
  user = "S-1-5-21-1-2-3-1104",
  scriptBlockId = "6f1c2d3e-0000-4000-8000-000000000001",
  record = 1,
  part = 1,
  total = 1,
  path = "",
  level = 5,
}) {
  return (
    `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider ${PROVIDER}/>` +
    `<EventID>4104</EventID><Version>1</Version><Level>${level}</Level><Task>2</Task><Opcode>15</Opcode>` +
    `<Keywords>0x0</Keywords><TimeCreated SystemTime="${time}"/><EventRecordID>${record}</EventRecordID>` +
    `<Correlation ActivityID="{11111111-2222-3333-4444-555555555555}"/><Execution ProcessID="4242" ThreadID="77"/>` +
    `<Channel>Microsoft-Windows-PowerShell/Operational</Channel>` +
    (computer === "" ? "" : `<Computer>${escaped(computer)}</Computer>`) +
    `<Security UserID="${escaped(user)}"/></System><EventData><Data Name="MessageNumber">${part}</Data>` +
    `<Data Name="MessageTotal">${total}</Data><Data Name="ScriptBlockText">${escaped(text)}</Data>` +
    `<Data Name="ScriptBlockId">${scriptBlockId}</Data><Data Name="Path">${escaped(path)}</Data>` +
    `</EventData></Event>`
  );
}

/** Events one after the other, as `wevtutil qe /f:xml` writes them. @param {ScriptEvent[]} events */
export function eventsXml(events) {
  return events.map((event) => `${eventXml(event)}\r\n`).join("");
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
