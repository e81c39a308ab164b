// Compiled, not run: the types say what programs rely on.
import {
  analyze,
  init,
  readRules,
  ScriptscopeError,
  Session,
  type AllowEntry,
  type AllowListFile,
  type Block,
  type Preview,
  type Progress,
  type Proposal,
  type Report,
  type Result,
  type ScriptscopeErrorCode,
} from "scriptscope";
import * as inline from "scriptscope/inline";
import * as worker from "scriptscope/worker";

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

export function disposed(): Uint8Array[] {
  using session = new Session();
  return [...session.exportPieces("json")];
}

export async function refused(): Promise<ScriptscopeErrorCode | null> {
  try {
    await worker.analyze("logs/", { workers: 2 });
    return null;
  } catch (error) {
    if (!(error instanceof ScriptscopeError || error instanceof worker.ScriptscopeError)) throw error;
    const problems: string[] = error.report?.problems.map(({ message }) => message) ?? [];
    return problems.length > 0 && error.line === undefined ? error.code : null;
  }
}

export const tested: string[] | undefined = new Session()
  .rule("id")
  ?.dataTests.flatMap(({ data }) => data.map(({ data }) => data));

// @ts-expect-error a code that does not exist
new ScriptscopeError("lost", "x");
// @ts-expect-error an option that does not exist
analyze([], { wrokers: 2 });
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
