// Compiled, not run: the types say what programs rely on.
import {
  analyze,
  init,
  readRules,
  Session,
  type AllowEntry,
  type AllowListFile,
  type Block,
  type Preview,
  type Progress,
  type Proposal,
  type Report,
  type Result,
} from "scriptscope";
import * as inline from "scriptscope/inline";

export async function uses(file: File, stream: ReadableStream<Uint8Array>): Promise<number> {
  await init();
  const controller = new AbortController();
  const seen: Progress[] = [];
  const report: Report = await analyze([file, stream, "logs/", new Uint8Array(), { name: "a.evtx", data: file }], {
    rules: await readRules("rules/"),
    macros: { admin_filter: "search NOT Computer=admin01" },
    mode: "event",
    signal: controller.signal,
    onProgress: (progress) => seen.push(progress),
    password: async (member) => (member.endsWith(".evtx") ? "s3cret" : null),
    utcOffset: "+02:00",
    minScore: 25,
  });
  const first: Result | undefined = report.results[0];
  const score: number = report.riskObjects[0]?.score ?? 0;
  const block: Block | undefined = report.scriptBlocks.find(({ id }) => id === first?.blocks[0]?.id);
  const cell: string | string[] | null | undefined = first?.fields.Computer;
  return score + (block?.text.length ?? 0) + (cell?.length ?? 0);
}

export function synchronous(): string {
  const session = new Session({ builtin: false, sha256: true });
  session.begin("a.xml");
  session.push(new Uint8Array());
  session.end();
  const other = new inline.Session();
  other.merge(session.partial());
  const { lines } = session.outline();
  session.free();
  return Object.values(lines).join("\n") + other.export("ndjson");
}

// @ts-expect-error a mode that does not exist
analyze([], { mode: "blocks" });
// @ts-expect-error a number is no input
analyze(7);
// @ts-expect-error the report has no such part
(await analyze([])).matches;

export function tuned(session: Session): AllowEntry[] {
  const proposal: Proposal | undefined = session.proposals("result")[0];
  if (proposal) session.setAllowList([{ ...proposal, rule: null }]);
  const { results, rows, riskObjects }: Preview = session.preview({ name: "a", search: "Computer=DC01" });
  const lowered: number = riskObjects.reduce((sum, { before, after }) => sum + before - after, 0);
  const { rules, problems } = session.checkRule("a.yml", "name: a");
  const looked: number = session.costs().reduce((sum, cost) => sum + cost.looked, 0);
  const texts: string[] = session.views("block").map(({ view, text }) => `${view}: ${text}`);
  const why: string | undefined = session.rule("id")?.forms.reasons.sigma;
  const file: AllowListFile = JSON.parse(session.exportAllowList("json"));
  new Session({ allowList: file }).setAllowList(file);
  return lowered + looked + results.length + Object.keys(rows).length > problems.length + rules.length
    ? file.entries
    : [{ name: `${texts.join("")}${why}`, search: "Path=*" }];
}
