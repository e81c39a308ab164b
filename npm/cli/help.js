// What `scriptscope --help` says.

export const HELP = `scriptscope: which machine first, and why, from PowerShell script block logs (event 4104)

Usage: scriptscope [OPTIONS] FILE|FOLDER|- ...
       scriptscope rules [OPTIONS] [LOGS]
       scriptscope rules --as spl|sigma|yaml [OPTIONS] ID ...
       scriptscope test RULES [OPTIONS] [LOGS]

Reads EVTX, event XML, JSON, CSV and Splunk's text, alone, in folders, gzip or zip; - is standard input.
Everything happens on this machine.

What is shown
  -f, --format FORMAT   table (default), json, ndjson or csv; json is the whole report
      --min-score N     only results with at least this score
      --since TIME      only events at or after this time, 2026-08-08 or 2026-08-08T06:00:00Z
      --until TIME      only events before this time

What is looked for
  -r, --rules PATH      Splunk or Sigma rules, macros and lookups: a file, folder or zip; repeatable
      --macro NAME=DEF  defines a macro, or another meaning for one; repeatable
      --no-builtin      without the built-in rules
      --allow FILE      an allow-list (JSON): what it hides is counted, and makes no risk
      --mode MODE       block (default): parts of a script joined, repetitions counted once
                        event: each record by itself, as a search in Splunk sees them
      --no-views        without what is hidden in texts: base64, split strings, character codes, backticks
                        (looked for in block mode; in event mode with --views)

How the logs are read
      --computer NAME   the computer of events that name none
      --utc-offset OFF  what times without a zone are ahead of UTC, such as +02:00
      --password WORD   for encrypted zip files, tried after "infected"; repeatable
      --sha256          report each source's SHA-256
  -j, --jobs N          threads; by default as many as pay

  -h, --help            this text
  -V, --version         the version

\`scriptscope rules\` lists the rules that would run, those refused and why, and with LOGS what each of them matched,
hid and cost (--format table or json). --as writes rules as a Splunk search, a Sigma rule or a detection.

\`scriptscope test\` runs the rules of RULES on their own samples and says where they differ (--format table, json or
junit). --expect FILE also tells whether they match as many script blocks of LOGS as FILE says: {"rule id": 3}, or
what --format json printed before.

Exit status: 0 nothing found, or every test passed; 1 something was found (Hunting rules do not count), or a test
failed; 2 the options are wrong, or an input could not be read at all. A file or folder named "rules" or "test" is
written ./rules.

Examples
  scriptscope Microsoft-Windows-PowerShell%4Operational.evtx
  scriptscope --rules security_content/detections --min-score 25 logs/
  scriptscope --macro 'admin_filter=search NOT Computer="admin01*"' --format csv logs/ > results.csv
  scriptscope test detections/ --format junit > results.xml
  wevtutil qe Microsoft-Windows-PowerShell/Operational /f:xml | scriptscope --format json -
`;
