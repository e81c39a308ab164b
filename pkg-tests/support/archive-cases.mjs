// The parts of a report that concern inputs: names, bytes, and problems.

const CODES = new Set(["read-failed", "archive-damaged", "archive-password", "archive-limit"]);

/** @param {import("scriptscope").Report} report */
export function reportedOf({ sources, problems }) {
  return {
    sources: sources.map(({ name, bytes }) => [name, bytes]),
    problems: problems
      .filter(({ code }) => CODES.has(code))
      .map(({ source, code, message }) => [source, code, message]),
  };
}
