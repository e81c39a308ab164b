//! Makes PowerShell-like text of realistic lengths. None of it is copied from real scripts.

use super::dice::Dice;

/// The word that the first detection matches. No other line has it.
pub(crate) const WORD: &str = "Enable-PSRemoting";

const VERBS: [&str; 12] = [
    "Get", "Set", "New", "Remove", "Test", "Write", "Start", "Stop", "Import", "Export", "Select",
    "Measure",
];

const NOUNS: [&str; 16] = [
    "Item",
    "Service",
    "Process",
    "ChildItem",
    "Content",
    "Object",
    "Mailbox",
    "Report",
    "Host",
    "Inventory",
    "Ticket",
    "Certificate",
    "Printer",
    "Session",
    "Share",
    "Setting",
];

const NAMES: [&str; 14] = [
    "path", "name", "result", "items", "server", "config", "count", "output", "entry", "user",
    "value", "message", "folder", "größe",
];

/// Share of scripts with characters beyond ASCII on many lines. Fewer real scripts have any, but readers must not rely
/// on that.
const ACCENTED: f64 = 0.1;

/// Makes scripts from two stocks of lines: one ASCII, one with characters beyond ASCII on every seventh line.
pub(crate) struct Writer {
    plain: Vec<Vec<u16>>,
    accented: Vec<Vec<u16>>,
}

impl Writer {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let mut accented = Vec::new();
        let mut plain = Vec::new();
        while plain.len() < 600 {
            let line = line(dice);
            let units = line.encode_utf16().collect();
            if line.is_ascii() {
                plain.push(units);
            } else {
                accented.push(units);
            }
        }
        accented.extend(plain.iter().take(7 * accented.len()).cloned());
        Self { plain, accented }
    }

    /// Makes a script of at least this many UTF-16 units.
    pub(crate) fn script(&self, dice: &mut Dice, length: usize) -> Vec<u16> {
        let lines = if dice.chance(ACCENTED) { &self.accented } else { &self.plain };
        let end: &[u16] = if dice.chance(0.7) { &[13, 10] } else { &[10] };
        let mut units = Vec::with_capacity(length + 200);
        // White space at the ends belongs to the text.
        if dice.chance(0.3) {
            units.extend_from_slice(end);
        }
        while units.len() < length {
            let indent = 4 * dice.below(4);
            units.extend(std::iter::repeat_n(32, indent));
            units.extend_from_slice(dice.pick::<Vec<u16>>(lines));
            units.extend_from_slice(end);
        }
        if dice.chance(0.5) {
            units.truncate(units.len().saturating_sub(end.len()));
        }
        units
    }

    /// Returns a random length with this median, log-normally distributed: one in thirty is above 20,000 units.
    pub(crate) fn length(dice: &mut Dice, median: f64) -> usize {
        ((median * (1.6 * dice.normal()).exp()) as usize).clamp(4, 150_000)
    }
}

fn cmdlet(dice: &mut Dice) -> String {
    format!("{}-{}", dice.pick(&VERBS), dice.pick(&NOUNS))
}

fn line(dice: &mut Dice) -> String {
    let name = *dice.pick(&NAMES);
    let other = *dice.pick(&NAMES);
    let number = dice.below(10_000);
    match dice.below(14) {
        0 => {
            format!("function {} {{ param([string]${name}, [int]${other} = {number})", cmdlet(dice))
        }
        1 => {
            format!("# {} {} of every {name} before {other} is written", dice.pick(&VERBS), number)
        }
        2 => format!(
            "${name} = {} -{} ${other} -ErrorAction SilentlyContinue",
            cmdlet(dice),
            dice.pick(&NOUNS)
        ),
        3 => format!("if (${name}.Count -gt {number} -and ${other} -ne $null) {{"),
        4 => format!("foreach (${name} in ${other}) {{ {} -Name ${name} }}", cmdlet(dice)),
        5 => format!("Write-Verbose \"{name} is $({other}) after {number} ms\" -Verbose:$false"),
        6 => format!("[PSCustomObject]@{{ {name} = ${other}; Id = {number}; Time = Get-Date }}"),
        7 => format!("try {{ {} | {} }} catch {{ throw $_ }}", cmdlet(dice), cmdlet(dice)),
        8 => "}".to_owned(),
        9 => String::new(),
        10 => format!(
            "${name} | Where-Object {{ $_.{other} -like '*{number}*' }} | Sort-Object {name}"
        ),
        11 => format!("$script:{name}['{other}'] = [Convert]::ToInt32('{number:x}', 16) # ✓ 😀"),
        12 => format!("return (Join-Path $PSScriptRoot '{name}\\{other}.{number}.psd1')"),
        _ => format!("Set-StrictMode -Version Latest; ${name} += @('{other}', {number})"),
    }
}
