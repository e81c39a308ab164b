// A fake engine with the real interface: reads the tests' event XML with two or three literal rules, and makes up as many
// results as a file requests with {"results": N}. It tests the page with cases that real logs seldom have: a hundred
// thousand results, hostile names, a fault in the middle.

export default async function init() {}

const RULES = [
  rule("remoting", "Remoting enabled", "Enable-PSRemoting", 25, "T1059.001"),
  rule("cradle", "Download cradle", "DownloadString", 60, "T1105"),
  rule("tampering", "Defender tampering", "Set-MpPreference", 90, "T1562.001"),
];

export class Session {
  /** A session of a query has the query as its only rule. */
  #rules;

  constructor(options) {
    const [query] = options?.rules ?? [];
    this.#rules = query?.name === "query.yml" ? [rule("query", "Query", query.text, 0, "T0000")] : RULES;
  }

  /** Words, or `TEXT | stats count`. */
  searchQuery(text) {
    if (text.includes("| stat ")) {
      const message = `query:1:${text.indexOf("| stat ") + 3}: did you mean stats?\n${text}\n  ^`;
      throw Object.assign(new Error(message), { name: "ScriptscopeError", line: 1, column: 1 });
    }
    const [search] = text.split("|");
    const hasTable = text.includes("|");
    return { search, isWords: !hasTable, hasTable, rule: { name: "query.yml", text: search.trim() } };
  }

  #source = null;
  #sources = [];
  #problems = [];
  #blocks = new Map();
  #results = new Map();
  #text = "";
  #events = 0;
  #allowed = [];
  /** Number of results that are counted and not stored. */
  #lost = 0;
  /** Every hit, for the partial. */
  #hits = [];

  begin(name) {
    this.#source = emptySource(name);
    this.#text = "";
  }

  push(bytes) {
    this.#source.bytes += bytes.length;
    if (this.#source.bytes < 4_000_000) this.#text += new TextDecoder().decode(bytes);
    // About as slow as a thousand rules, so that a run can be cancelled.
    if (bytes.length >= 1 << 20) for (const until = performance.now() + 20; performance.now() < until;);
  }

  end() {
    this.#read();
    this.#sources.push(this.#source);
  }

  fail(code, message) {
    this.#problem(code, message);
    this.#sources.push(this.#source);
  }

  outline() {
    const report = this.report();
    const lines = Object.fromEntries(report.results.map((one) => [one.id, this.#lines.get(one.id) ?? ""]));
    for (const block of report.scriptBlocks) block.text = "";
    return { report, lines };
  }

  report() {
    const results = [...this.#results.values()].sort((a, b) => b.score - a.score);
    for (const one of results) one.suppressedBy = this.#allowed.find((entry) => allows(entry, one))?.name ?? null;
    const riskObjects = riskOf(results);
    return {
      format: "scriptscope.report",
      version: 1,
      tool: "stand-in",
      mode: "block",
      ruleSet: "stand-in",
      sources: this.#sources.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      problems: this.#problems,
      rules: this.#rules.map(({ needle: _, score: __, ...one }) => ({
        ...one,
        rows: results.filter((r) => r.ruleId === one.id).length,
        matched: sum(
          results.filter((r) => r.ruleId === one.id),
          "count",
        ),
      })),
      results,
      scriptBlocks: [...this.#blocks.values()].map((block) => ({ ...block })),
      riskObjects,
      acts: actsOf(results),
      findings: [],
      totals: {
        sources: this.#sources.length,
        bytes: sum(this.#sources, "bytes"),
        records: sum(this.#sources, "records"),
        events: sum(this.#sources, "events"),
        scriptBlocks: sum(this.#sources, "scriptBlocks"),
        incomplete: 0,
        results: results.length + this.#lost,
        resultsKept: results.length,
        riskObjects: riskObjects.length,
        problems: this.#problems.length,
        rulesNotApplicable: {},
      },
    };
  }

  block(id) {
    return this.#blocks.get(id) ?? null;
  }

  listBlocks({ sort = "time", descending = false, offset = 0, limit = Infinity, filter = {} } = {}) {
    const rows = this.#listed().filter(
      (row) =>
        (filter.computer === undefined || row.computer.toLowerCase() === filter.computer.toLowerCase()) &&
        (filter.matched === undefined || row.results > 0 === filter.matched) &&
        (filter.process === undefined || row.processId === filter.process) &&
        (filter.textId === undefined || row.textId === filter.textId) &&
        (filter.from === undefined || row.time >= filter.from) &&
        (filter.to === undefined || row.time < filter.to),
    );
    const order = (a, b) => (a[sort] < b[sort] ? -1 : a[sort] > b[sort] ? 1 : 0);
    rows.sort(descending ? (a, b) => order(b, a) : order);
    return {
      total: this.#hits.length,
      matching: rows.length,
      notListed: 0,
      rows: rows.slice(offset, offset + limit),
    };
  }

  blockNeighbours(id, n) {
    const rows = this.#listed();
    const at = rows.findIndex((row) => row.id === id);
    if (at < 0) return null;
    const near = (list) => list.filter((row) => row.computer === rows[at].computer);
    return {
      sameProcess: false,
      block: rows[at],
      before: near(rows.slice(0, at)).slice(-n),
      after: near(rows.slice(at + 1)).slice(0, n),
      context: [],
    };
  }

  histogram({ from, to, bins, by }) {
    const times = this.#hits.map(({ time }) => Date.parse(time));
    const low = from ? Date.parse(from) : times.reduce((least, time) => Math.min(least, time), Infinity);
    const high = to ? Date.parse(to) : times.reduce((most, time) => Math.max(most, time), -Infinity) + 1;
    const lanes = new Map();
    const none = () => Array(bins).fill(0);
    for (const { computer, user, time } of this.#hits) {
      const name = by === "user" ? user : computer;
      const lane = lanes.get(name) ?? { name, userName: null, blocks: none(), results: { critical: none() } };
      lanes.set(name, lane);
      const bin = Math.floor(((Date.parse(time) - low) / (high - low)) * bins);
      if (bin >= 0 && bin < bins) lane.blocks[bin] += 1;
    }
    return { lanes: [...lanes.values()] };
  }

  listScripts({ offset = 0, limit = Infinity } = {}) {
    const groups = Map.groupBy(this.#listed(), (row) => row.textId);
    const rows = [...groups].map(([id, blocks]) => ({
      id,
      textId: id,
      blocks: blocks.length,
      computers: new Set(blocks.map((one) => one.computer)).size,
      users: 1,
      days: 1,
      firstTime: blocks[0].time,
      lastTime: blocks.at(-1).time,
      score: blocks[0].score,
      sampleBlockId: blocks[0].id,
      shapeId: null,
      texts: 1,
      results: blocks[0].results,
      length: blocks[0].length,
      firstLine: null,
    }));
    rows.sort((a, b) => a.computers - b.computers || a.blocks - b.blocks);
    const seenOnce = rows.filter((row) => row.blocks === 1).length;
    return { total: rows.length, seenOnce, notListed: 0, rows: rows.slice(offset, offset + limit) };
  }

  listIndicators({ offset = 0, limit = Infinity, filter = {}, kind } = {}, { computer } = {}) {
    const { block } = filter;
    const isOn = (row) => !computer || row.computer === computer;
    const listed = this.#listed().filter((row) => isOn(row) && (!block || row.id === block));
    const rows = listed.flatMap((row) =>
      [...row.text.matchAll(/https?:\/\/[\w./-]+/g)].map(([value]) => ({
        id: value,
        kind: "url",
        value,
        defanged: value.replace("http", "hxxp").replaceAll(".", "[.]"),
        count: 1,
        computers: 1,
        computerNames: [row.computer],
        leftOut: null,
        blockIds: [row.id],
        firstTime: row.time,
        lastTime: row.time,
        view: "original",
      })),
    );
    const wanted = kind ? rows.filter((one) => one.kind === kind) : rows;
    const leftOut = { "documentation-range": 1 };
    return { total: wanted.length, leftOut, rows: wanted.slice(offset, offset + limit), problems: [] };
  }

  readPlan(id) {
    const row = this.#listed().find((one) => one.id === id);
    return row ? [{ source: row.source, offset: 0, length: this.#sources[0].bytes }] : null;
  }

  readBlock(id, pieces) {
    const row = this.#listed().find((one) => one.id === id);
    if (!new TextDecoder().decode(pieces[0]).includes("<Event")) throw new Error("these are not its bytes");
    return { ...row, present: [1], gaps: [], variant: null, level: 5, events: [] };
  }

  /** Every script block, in the order of time. */
  #listed() {
    return this.#hits
      .map((hit) => {
        const rules = RULES.filter(({ needle }) => hit.text.includes(needle));
        return {
          id: idOf(hit),
          scriptBlockId: null,
          time: hit.time,
          computer: hit.computer,
          user: hit.user,
          userName: null,
          processId: null,
          threadId: null,
          path: null,
          length: hit.text.length,
          parts: 1,
          total: 1,
          score: sum(rules, "score"),
          results: rules.length,
          rules: rules.map(({ id }) => id),
          level: rules.length > 0 ? "high" : null,
          seenOn: new Set(this.#hits.filter(({ text }) => text === hit.text).map(({ computer }) => computer)).size,
          textId: `t${this.#hits.findIndex(({ text }) => text === hit.text)}`,
          shapeId: null,
          source: hit.source,
          record: hit.record,
          offset: 0,
          text: hit.text,
        };
      })
      .sort((a, b) => (a.time < b.time ? -1 : 1));
  }

  reportText(_case, format) {
    const rows = [...this.#results.values()].map(({ ruleId, fields }) => `${ruleId} on ${fields.Computer}`);
    const list = rows.map((row) => `<p>${row.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`)}</p>`);
    return format === "html"
      ? `<!doctype html>\n<style>body{margin:0}</style>\n<body>\n<h1>PowerShell script blocks</h1>${list.join("\n")}</body>`
      : rows.join("\n");
  }

  contextEvents() {
    return { total: 0, notListed: 0, rows: [] };
  }

  rule(id) {
    const one = RULES.find((rule) => rule.id === id);
    return one
      ? {
          search: `ScriptBlockText="*${one.needle}*"`,
          risk: [["Computer", one.score]],
          facts: { impact: "50", confidence: "50" },
          file: null,
          forms: { spl: null, sigma: null, yaml: null, reasons: {} },
          samples: [],
        }
      : null;
  }

  views() {
    return [];
  }

  setAssets() {}

  calledNames(text) {
    return { cmdlets: [...new Set(text.match(/\b[A-Z]\w+-[A-Z]\w+/g) ?? [])], types: [], urls: [] };
  }

  setAllowList(entries) {
    this.#allowed = entries;
  }

  proposals(id) {
    const result = [...this.#results.values()].find((one) => one.id === id);
    const search = `Computer="${result?.fields.Computer}"`;
    return [{ kind: "computer", name: search, rule: result?.ruleId ?? null, search, enabled: true }];
  }

  preview(entry) {
    if (!entry.search.startsWith("Computer="))
      throw Object.assign(new Error("no"), { name: "ScriptscopeError", line: 1 });
    const hidden = [...this.#results.values()].filter((one) => allows(entry, one));
    return { results: hidden.map(({ id }) => id), rows: {}, riskObjects: [] };
  }

  exportAllowList() {
    return JSON.stringify({ format: "scriptscope.allowList", version: 1, entries: this.#allowed });
  }

  checkRule() {
    return { rules: [], problems: [] };
  }

  costs() {
    return [];
  }

  partial() {
    return this.drain();
  }

  drain() {
    const held = {
      sources: this.#sources,
      problems: this.#problems,
      hits: this.#hits,
      events: this.#events,
      lost: this.#lost,
    };
    this.#sources = [];
    this.#problems = [];
    this.#hits = [];
    this.#events = 0;
    this.#lost = 0;
    this.#blocks.clear();
    this.#results.clear();
    return new TextEncoder().encode(JSON.stringify(held));
  }

  merge(partial) {
    const held = JSON.parse(new TextDecoder().decode(partial));
    if (held.sources.some(({ name }) => name === "fault.xml")) throw new WebAssembly.RuntimeError("unreachable");
    this.#sources.push(...held.sources);
    this.#problems.push(...held.problems);
    this.#events += held.events;
    this.#lost += held.lost;
    for (const hit of held.hits) this.#add(hit);
  }

  tokens() {
    return Uint32Array.of(0, 6, 4);
  }

  counts() {
    return { bytes: 0, records: this.#events, events: this.#events, scriptBlocks: this.#events };
  }

  pieces(format) {
    const text = format === "csv" ? "rule,computer\r\n" : JSON.stringify(this.report());
    const pieces = [new TextEncoder().encode(text)];
    return { next: () => pieces.shift(), free() {} };
  }

  free() {}

  #lines = new Map();

  #read() {
    const source = this.#source;
    if (source.bytes === 0) return this.#problem("empty", "the file is empty");
    if (this.#text.includes('"trap"')) throw new WebAssembly.RuntimeError("unreachable");
    const wanted = /^\{"results": (\d+)(?:, "lost": (\d+))?\}/.exec(this.#text);
    this.#lost += Number(wanted?.[2] ?? 0);
    if (wanted) return this.#invent(Number(wanted[1]));
    if (!this.#text.includes("<Event")) return this.#problem("not-a-log", "no known log format begins like this");
    source.format = "xml";
    source.encoding = "utf-8";
    for (const [, event] of this.#text.matchAll(/<Event (.*?)<\/Event>/gs)) this.#event(event);
  }

  #event(event) {
    const one = (pattern) => unescaped(pattern.exec(event)?.[1] ?? "");
    const id = one(/<EventID>(\d+)/);
    const source = this.#source;
    source.records += 1;
    const time = one(/SystemTime="([^"]+)"/);
    source.firstTime = source.firstTime && source.firstTime < time ? source.firstTime : time;
    source.lastTime = source.lastTime && source.lastTime > time ? source.lastTime : time;
    const computer = one(/<Computer>([^<]+)/);
    if (!source.computers.includes(computer)) source.computers.push(computer);
    if (id !== "4104") {
      source.otherEvents[id] = (source.otherEvents[id] ?? 0) + 1;
      return;
    }
    source.events += 1;
    source.scriptBlocks += 1;
    this.#events += 1;
    this.#add({
      text: one(/Name="ScriptBlockText">(.*?)<\/Data>/s),
      computer,
      user: one(/UserID="([^"]+)"/),
      time,
      record: one(/<EventRecordID>(\d+)/),
      total: Number(one(/MessageTotal">(\d+)/)),
      part: Number(one(/MessageNumber">(\d+)/)),
    });
  }

  #add(hit) {
    const { text, computer, user, time, record, total, part, source } = { source: this.#source?.name, ...hit };
    this.#hits.push({ ...hit, source });
    for (const { id: ruleId, needle, score } of this.#rules) {
      const at = text.indexOf(needle);
      if (at < 0) continue;
      const blockId = idOf({ computer, time, text, record });
      const events = [{ source, record, offset: 512, part, time }];
      this.#blocks.set(blockId, {
        id: blockId,
        scriptBlockId: `id-${blockId}`,
        computer,
        user,
        path: null,
        level: 5,
        time,
        text,
        total,
        present: [part],
        gaps: [],
        variant: null,
        events,
      });
      const key = `${ruleId} ${computer} ${text}`;
      const block = { id: blockId, spans: [{ view: "original", ranges: [[at, at + needle.length]] }] };
      const known = this.#results.get(key);
      if (known) {
        known.count += 1;
        known.blocksTotal += 1;
        known.blocks.push(block);
        known.lastTime = time;
        continue;
      }
      const id = `r${this.#results.size.toString(16)}`;
      this.#lines.set(id, text.slice(at).split("\n")[0].slice(0, 300));
      this.#results.set(key, {
        id,
        ruleId,
        fields: {
          Computer: computer,
          EventCode: "4104",
          ScriptBlockText: "",
          count: "1",
          firstTime: time,
          lastTime: time,
        },
        count: 1,
        firstTime: time,
        lastTime: time,
        score,
        message: `${needle} on ${computer}`,
        suppressedBy: null,
        blocks: [block],
        blocksTotal: 1,
      });
    }
  }

  #invent(count) {
    this.#source.format = "xml";
    for (let i = 0; i < count; i += 1) {
      this.#source.events += 1;
      this.#source.records += 1;
      this.#source.scriptBlocks += 1;
      this.#events += 1;
      this.#add({
        text: `# ${i}\r\n${RULES[i % 3].needle} -Number ${i}`,
        computer: `HOST${i % 97}`,
        user: "S-1-5-18",
        time: new Date(Date.UTC(2026, 7, 8) + i * 1000).toISOString(),
        record: String(i),
        total: 1,
        part: 1,
      });
    }
  }

  #problem(code, message) {
    this.#source.problems += 1;
    this.#problems.push({
      source: this.#source.name,
      rule: null,
      severity: "error",
      code,
      message,
      offset: 0,
      line: null,
      column: null,
      record: null,
    });
  }
}

function rule(id, title, needle, score, technique) {
  return {
    id,
    title,
    needle,
    score,
    kind: "builtin",
    type: "Anomaly",
    level: null,
    enabled: true,
    status: "ran",
    statusReason: null,
    refused: null,
    columns: ["Computer", "EventCode", "ScriptBlockText", "count", "firstTime", "lastTime"],
    matched: 0,
    matchedInViews: 0,
    rows: 0,
    dropped: 0,
    suppressed: 0,
    cost: { literals: 1, patterns: 0, everyBlock: false },
    attack: [{ technique, name: `Name of ${technique}`, tactics: ["execution"] }],
    stories: [],
    description: `Finds ${needle}.`,
    falsePositives: "Administrators.",
    references: [],
  };
}

const allows = (entry, { fields, ruleId }) =>
  entry.enabled !== false && (entry.rule ?? ruleId) === ruleId && entry.search === `Computer="${fields.Computer}"`;

function riskOf(results) {
  const objects = new Map();
  for (const result of results) {
    const object = result.fields.Computer;
    const one = objects.get(object) ?? {
      object,
      name: null,
      type: "system",
      distinctScore: 0,
      score: 0,
      firstTime: result.firstTime,
      lastTime: result.lastTime,
      tactics: ["execution"],
      notKept: {},
      events: [],
    };
    one.score += result.score;
    if (!one.events.some(({ ruleId }) => ruleId === result.ruleId)) one.distinctScore += result.score;
    one.events.push({
      factor: 1,
      factorReason: null,
      resultKept: true,
      resultId: result.id,
      ruleId: result.ruleId,
      score: result.score,
      time: result.firstTime,
      message: result.message,
      threatObjects: [],
    });
    objects.set(object, one);
  }
  return [...objects.values()].sort((a, b) => b.score - a.score);
}

/** Returns an id that is the same for the same block in any session. */
function idOf({ computer, time, text, record }) {
  let hash = 7;
  for (const char of `${computer} ${time} ${record} ${text}`) hash = (hash * 31 + char.charCodeAt(0)) % 2 ** 40;
  return `b${hash.toString(36)}`;
}

/** Results of one computer, at most five seconds from one to the next. */
function actsOf(results) {
  const acts = [];
  const last = new Map();
  for (const one of results.toSorted((a, b) => (a.firstTime < b.firstTime ? -1 : 1))) {
    const object = one.fields.Computer;
    const known = last.get(object);
    if (known && Date.parse(one.firstTime) - Date.parse(known.lastTime) <= 5_000) {
      known.resultIds.push(one.id);
      known.lastTime = one.lastTime > known.lastTime ? one.lastTime : known.lastTime;
      continue;
    }
    const act = { id: `a${one.id}`, object, processId: null, rules: [one.ruleId], resultIds: [one.id] };
    acts.push({ ...act, firstTime: one.firstTime, lastTime: one.lastTime });
    last.set(object, acts.at(-1));
  }
  return acts;
}

function emptySource(name) {
  return {
    name,
    bytes: 0,
    format: null,
    encoding: null,
    records: 0,
    events: 0,
    scriptBlocks: 0,
    incomplete: 0,
    encrypted: 0,
    otherEvents: {},
    firstTime: null,
    lastTime: null,
    computers: [],
    missingFields: [],
    zoneAssumed: false,
    sha256: null,
    problems: 0,
  };
}

const sum = (list, key) => list.reduce((total, one) => total + one[key], 0);

const unescaped = (text) => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

/** Never divides a source: a fake session reads each as one range. */
export class Cutter {
  static from() {
    return undefined;
  }
}

export const rangeBytes = () => 1 << 30;

export const hasChecksums = () => false;

/** Puts each statement on a line of its own. */
export function formatScript(text) {
  const formatted = text.replaceAll("; ", ";\n");
  return { text: formatted, map: Uint32Array.of(0, 0, text.length) };
}
