//! An event as the XML that Windows renders of it (`wevtutil qe /f:xml`, Splunk's XmlWinEventLog).

use super::{EVENT_ID, Event};
use std::fmt::Write as _;

/// Attributes of `System`: element, attribute, and the field with its value.
const SYSTEM_ATTRIBUTES: [(&str, &[(&str, &str)]); 3] = [
    ("Provider", &[("Name", "Name"), ("Guid", "Guid"), ("EventSourceName", "EventSourceName")]),
    ("Correlation", &[("ActivityID", "ActivityID"), ("RelatedActivityID", "RelatedActivityID")]),
    (
        "Execution",
        &[
            ("ProcessID", "ProcessID"),
            ("ThreadID", "ThreadID"),
            ("ProcessorID", "ProcessorID"),
            ("SessionID", "SessionID"),
            ("KernelTime", "KernelTime"),
            ("UserTime", "UserTime"),
        ],
    ),
];

/// Further fields that are not among the event's own data.
const SYSTEM_FIELDS: [&str; 7] =
    ["Version", "Task", "Opcode", "Keywords", "Channel", "Qualifiers", "user"];

impl Event {
    /// Renders the event as XML around this text. Elements without a value are left out, except those that Windows
    /// writes in every event.
    pub(crate) fn to_xml(&self, text: &str) -> String {
        let mut xml = XmlWriter(String::with_capacity(1_024 + text.len()));
        xml.raw("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>");
        self.attributes("Provider", &mut xml);
        match self.other("Qualifiers") {
            Some(qualifiers) => {
                xml.tag("EventID", &[("Qualifiers", &qualifiers)]);
                let _ = write!(xml.0, ">{EVENT_ID}</EventID>");
            }
            None => xml.element("EventID", Some(EVENT_ID)),
        }
        for name in ["Version", "Level", "Task", "Opcode", "Keywords"] {
            xml.element(name, self.field(name).as_deref());
        }
        if let Some(time) = self.time {
            xml.tag("TimeCreated", &[("SystemTime", &time.to_string())]);
            xml.raw("/>");
        }
        xml.element("EventRecordID", self.record.as_deref());
        self.attributes("Correlation", &mut xml);
        self.attributes("Execution", &mut xml);
        xml.element("Channel", Some(&self.channel()));
        xml.element("Computer", self.computer.as_deref());
        match self.user.as_deref().filter(|user| !user.is_empty()) {
            Some(user) => xml.tag("Security", &[("UserID", user)]),
            None => xml.tag("Security", &[]),
        }
        xml.raw("/></System><EventData>");
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        for (name, value) in [
            ("MessageNumber", number(self.number).as_deref()),
            ("MessageTotal", number(self.total).as_deref()),
            ("ScriptBlockText", Some(text)),
            ("ScriptBlockId", self.script_block_id.as_deref()),
            ("Path", Some(self.path.as_deref().unwrap_or_default())),
        ] {
            xml.data(name, value);
        }
        let is_system = |name: &str| {
            SYSTEM_FIELDS.contains(&name)
                || SYSTEM_ATTRIBUTES.iter().any(|(_, all)| all.iter().any(|(_, own)| *own == name))
        };
        for (name, value) in self.fields.iter() {
            if !is_system(name) && !name.starts_with('_') {
                xml.data(name, Some(value));
            }
        }
        xml.raw("</EventData></Event>");
        xml.0
    }

    /// Writes an element of `System` that has only attributes.
    fn attributes(&self, element: &str, xml: &mut XmlWriter) {
        let known = SYSTEM_ATTRIBUTES.iter().find(|(name, _)| *name == element);
        let values: Vec<_> = known
            .into_iter()
            .flat_map(|(_, attributes)| attributes.iter())
            .filter_map(|(attribute, field)| Some((*attribute, self.field(field)?)))
            .map(|(attribute, value)| match attribute {
                // Windows writes GUIDs in braces; some sources leave them out.
                "Guid" | "ActivityID" | "RelatedActivityID" if !value.starts_with('{') => {
                    (attribute, format!("{{{value}}}"))
                }
                _ => (attribute, value.into_owned()),
            })
            .collect();
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        xml.tag(element, &values);
        xml.raw("/>");
    }
}

/// XML under construction, with the escapes that Windows uses.
struct XmlWriter(String);

impl XmlWriter {
    fn raw(&mut self, text: &str) {
        self.0.push_str(text);
    }

    /// Writes the start of a tag with its attributes, without its end.
    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let _ = write!(self.0, "<{name}");
        for (name, value) in attributes {
            let _ = write!(self.0, " {name}='");
            self.escaped(value, true);
            self.0.push('\'');
        }
    }

    /// Writes an element, unless it has no value.
    fn element(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            let _ = write!(self.0, "<{name}>");
            self.escaped(value, false);
            let _ = write!(self.0, "</{name}>");
        }
    }

    /// Writes a value of the event's own data, unless it has no value.
    fn data(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.tag("Data", &[("Name", name)]);
            self.0.push('>');
            self.escaped(value, false);
            self.0.push_str("</Data>");
        }
    }

    /// Writes a text. Line ends are written as they are, and quotation marks are escaped only in attributes.
    fn escaped(&mut self, text: &str, is_attribute: bool) {
        let special = |char: char| match char {
            '&' | '<' | '>' => true,
            '\'' | '"' => is_attribute,
            _ => false,
        };
        let mut rest = text;
        while let Some(at) = rest.find(special) {
            let (plain, tail) = rest.split_at(at);
            self.0.push_str(plain);
            let mut chars = tail.chars();
            self.0.push_str(match chars.next() {
                Some('&') => "&amp;",
                Some('<') => "&lt;",
                Some('>') => "&gt;",
                Some('\'') => "&apos;",
                _ => "&quot;",
            });
            rest = chars.as_str();
        }
        self.0.push_str(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn an_event_is_rendered_as_windows_does() {
        let fields = [
            ("Name", "Microsoft-Windows-PowerShell"),
            ("Guid", "a0c1853b-5c40-4b15-8766-3cf1c58f985a"),
            ("Version", "1"),
            ("Task", "2"),
            ("Opcode", "15"),
            ("Keywords", "0x0"),
            ("ActivityID", "{391f2712-f104-0001-bba9-1f3904f1d501}"),
            ("ProcessID", "8040"),
            ("ThreadID", "7680"),
            ("Channel", "Microsoft-Windows-PowerShell/Operational"),
            ("_raw", "no part of it"),
            ("Further", "a&b"),
        ];
        let event = Event {
            record: Some("1076".into()),
            time: Time::parse("2020-03-03T03:11:06.252766100Z").map(|(time, _)| time),
            computer: Some("FS03".into()),
            user: Some("S-1-5-18".into()),
            level: Some(5),
            number: Some(1),
            total: Some(1),
            script_block_id: Some("0be6ea7f-ff36-4527-af0d-5125b95be731".into()),
            path: Some("C:\\it's \"a\".ps1".into()),
            fields: fields.into_iter().collect(),
            ..Event::default()
        };
        assert_eq!(
            event.to_xml("if (1 -gt 0) { '<a>' } & \"b\"\r\n"),
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
             <Provider Name='Microsoft-Windows-PowerShell' Guid='{a0c1853b-5c40-4b15-8766-3cf1c58f985a}'/>\
             <EventID>4104</EventID><Version>1</Version><Level>5</Level><Task>2</Task><Opcode>15</Opcode>\
             <Keywords>0x0</Keywords><TimeCreated SystemTime='2020-03-03T03:11:06.252766100Z'/>\
             <EventRecordID>1076</EventRecordID><Correlation ActivityID='{391f2712-f104-0001-bba9-1f3904f1d501}'/>\
             <Execution ProcessID='8040' ThreadID='7680'/><Channel>Microsoft-Windows-PowerShell/Operational</Channel>\
             <Computer>FS03</Computer><Security UserID='S-1-5-18'/></System><EventData>\
             <Data Name='MessageNumber'>1</Data><Data Name='MessageTotal'>1</Data>\
             <Data Name='ScriptBlockText'>if (1 -gt 0) { '&lt;a&gt;' } &amp; \"b\"\r\n</Data>\
             <Data Name='ScriptBlockId'>0be6ea7f-ff36-4527-af0d-5125b95be731</Data>\
             <Data Name='Path'>C:\\it's \"a\".ps1</Data><Data Name='Further'>a&amp;b</Data></EventData></Event>"
        );
    }

    #[test]
    fn an_event_of_a_text_alone_has_the_elements_of_every_event() {
        let xml = Event::default().to_xml("Get-Date");
        for part in ["<EventID>4104</EventID>", "<Security/>", "<Data Name='Path'></Data>"] {
            assert!(xml.contains(part), "{xml}");
        }
        let event = Event { user: Some("O'Neil \"x\"".into()), ..Event::default() };
        assert!(event.to_xml("").contains("<Security UserID='O&apos;Neil &quot;x&quot;'/>"));
    }
}
