//! [`Record`]: one event, independent of the format that it is written in.

/// A value of an event's data.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// UTF-16 units: a part of a script may begin or end within a surrogate pair.
    Text(Vec<u16>),
    Number(u32),
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.encode_utf16().collect())
    }

    /// Returns the value as readers show it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text(units) => String::from_utf16_lossy(units),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// A provider and its channel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Provider {
    pub(crate) name: &'static str,
    /// Without braces.
    pub(crate) guid: Option<&'static str>,
    pub(crate) channel: &'static str,
}

pub(crate) const POWERSHELL: Provider = Provider {
    name: "Microsoft-Windows-PowerShell",
    guid: Some("a0c1853b-5c40-4b15-8766-3cf1c58f985a"),
    channel: "Microsoft-Windows-PowerShell/Operational",
};

pub(crate) const POWERSHELL_CORE: Provider = Provider {
    name: "PowerShellCore",
    guid: Some("f90714a8-5509-434a-bf6d-b1624c8a19a2"),
    channel: "PowerShellCore/Operational",
};

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    pub(crate) provider: Provider,
    pub(crate) id: u16,
    pub(crate) version: u8,
    pub(crate) level: u8,
    pub(crate) task: u16,
    pub(crate) opcode: u8,
    pub(crate) keywords: u64,
    /// 100 ns since 1601.
    pub(crate) time: u64,
    /// `EventRecordID`. It differs from the number of the record in its file.
    pub(crate) record: u64,
    pub(crate) activity: Option<[u8; 16]>,
    pub(crate) process: u32,
    pub(crate) thread: u32,
    pub(crate) computer: String,
    /// The last sub-authorities of `S-1-5-21-…`, or of a well-known SID.
    pub(crate) user: Option<Vec<u32>>,
    pub(crate) data: Vec<(&'static str, Value)>,
}

impl Record {
    pub(crate) fn data(&self, name: &str) -> Option<&Value> {
        self.data.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Whether this is a script block record.
    pub(crate) fn is_script(&self) -> bool {
        self.id == 4104 && (self.provider == POWERSHELL || self.provider == POWERSHELL_CORE)
    }

    /// Returns the user's SID: `S-1-5-…`.
    pub(crate) fn sid(&self) -> Option<String> {
        let parts = self.user.as_ref()?;
        Some(parts.iter().fold("S-1-5".to_owned(), |sid, part| format!("{sid}-{part}")))
    }

    /// Returns the time as `2024-03-01T08:00:00.1234567Z`.
    pub(crate) fn time_text(&self) -> String {
        time_text(self.time)
    }
}

pub(crate) fn time_text(ticks: u64) -> String {
    let seconds = ticks / 10_000_000;
    let days = seconds / 86_400;
    let (year, month, day) = civil(days);
    let second = seconds % 86_400;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:07}Z",
        second / 3_600,
        second / 60 % 60,
        second % 60,
        ticks % 10_000_000
    )
}

/// Returns year, month and day of a number of days after 1601-01-01.
fn civil(mut days: u64) -> (u64, u64, u64) {
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1601;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in months {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

/// Renders the bytes of a GUID as `{a0c1853b-5c40-4b15-8766-3cf1c58f985a}`.
pub(crate) fn guid_text(guid: &[u8; 16]) -> String {
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let hex: String = order.iter().map(|index| format!("{:02x}", guid[*index])).collect();
    format!("{{{}-{}-{}-{}-{}}}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
