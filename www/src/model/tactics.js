/** ATT&CK's tactics in the order of its matrix. */

const ORDER = [
  "reconnaissance",
  "resource development",
  "initial access",
  "execution",
  "persistence",
  "privilege escalation",
  "defense evasion",
  "credential access",
  "discovery",
  "lateral movement",
  "collection",
  "command and control",
  "exfiltration",
  "impact",
];

/** @typedef {{ technique: string, name: string | null, results: number, inView: number, rules: string[] }} Cell */

/**
 * Returns what of the matrix was seen: tactics in order, with the techniques of their results.
 * @param {Iterable<import("../types.js").Row>} rows
 * @param {(row: import("../types.js").Row) => boolean} inView
 * @param {(tactic: string) => string} name
 * @returns {{ tactic: string, cells: Cell[] }[]}
 */
export function matrix(rows, inView, name) {
  // By rule first: there are some hundred rules, and a hundred thousand rows.
  /** @type {Map<import("../types.js").Rule, { results: number, inView: number }>} */
  const rules = new Map();
  for (const row of rows) {
    let tally = rules.get(row.rule);
    if (!tally) rules.set(row.rule, (tally = { results: 0, inView: 0 }));
    tally.results += 1;
    if (inView(row)) tally.inView += 1;
  }
  /** @type {Map<string, Map<string, Cell>>} */
  const tactics = new Map();
  for (const [rule, tally] of rules) {
    for (const { technique, name: called, tactics: of } of rule.attack) {
      for (const tactic of of.length > 0 ? of.map(name) : ["no tactic named"]) {
        const cells = tactics.get(tactic) ?? new Map();
        tactics.set(tactic, cells);
        const cell = cells.get(technique) ?? { technique, name: called, results: 0, inView: 0, rules: [] };
        cells.set(technique, cell);
        cell.results += tally.results;
        cell.inView += tally.inView;
        if (!cell.rules.includes(rule.title)) cell.rules.push(rule.title);
      }
    }
  }
  const place = (/** @type {string} */ tactic) => (ORDER.indexOf(tactic) + ORDER.length + 1) % (ORDER.length + 1);
  return [...tactics]
    .sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1))
    .map(([tactic, cells]) => ({
      tactic,
      cells: [...cells.values()].sort((a, b) => b.results - a.results || (a.technique < b.technique ? -1 : 1)),
    }));
}
