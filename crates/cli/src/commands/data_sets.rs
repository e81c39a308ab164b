//! Data sets that Splunk's detections name as their tests, in a local checkout of splunk/attack_data.

use crate::failed::Failed;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// First line of a file whose content Git LFS has not fetched.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Checkout of splunk/attack_data, or a folder laid out like one.
pub(super) struct Checkout {
    folder: PathBuf,
}

impl Checkout {
    pub(super) fn new(folder: PathBuf) -> Result<Self, Failed> {
        if folder.is_dir() {
            return Ok(Self { folder });
        }
        let folder = folder.display();
        Err(Failed::Usage(format!("--data {folder}: there is no such folder")))
    }

    /// Returns the path of a data set, or the reason why it cannot be read.
    pub(super) fn find(&self, data: &str) -> Result<PathBuf, String> {
        let inside = path_inside(data)?;
        let shorter = inside.strip_prefix("datasets/").unwrap_or(&inside);
        let longer = format!("datasets/{inside}");
        let paths = [inside.as_str(), shorter, &longer].map(|path| self.folder.join(path));
        let Some(path) = paths.into_iter().find(|path| path.exists()) else {
            return Err(format!("{inside}: not in {}", self.folder.display()));
        };
        if is_lfs_pointer(&path) {
            return Err(format!("{inside}: LFS pointer: run git lfs pull"));
        }
        Ok(path)
    }
}

/// Returns the path of a data set inside the repository.
fn path_inside(data: &str) -> Result<String, String> {
    let place = data.split(['?', '#']).next().unwrap_or_default();
    let place = percent_decoded(place).replace('\\', "/");
    let inside = match place.split_once("://") {
        None => place.trim_start_matches("./"),
        Some((_, url)) => match url.split_once("/datasets/") {
            Some((repository, _)) if repository.contains("attack_data") => {
                url.get(repository.len() + 1..).unwrap_or_default()
            }
            _ => return Err(format!("{data}: not a data set of splunk/attack_data")),
        },
    };
    let is_plain = |part: &str| !["", ".", ".."].contains(&part) && !part.contains([':', '\0']);
    match inside.trim_end_matches('/') {
        "" => Err("a data set without a path".to_owned()),
        inside if inside.split('/').all(is_plain) => Ok(inside.to_owned()),
        _ => Err(format!("{data}: leads out of the folder")),
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let is_hex = |digits: &&str| digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let code = digits.filter(is_hex).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, code) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_lfs_pointer(path: &Path) -> bool {
    let mut first = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(LFS_POINTER.len() as u64).read_to_end(&mut first));
    read.is_ok() && first == LFS_POINTER
}

/// Returns why a data set is left out: its events are of another log than PowerShell's.
pub(super) fn is_of_other_log(source: Option<&str>, sourcetype: Option<&str>) -> Option<String> {
    const LOGS: [&str; 3] = ["powershell", "forwardedevents", "wineventlog"];
    let holds = |text: &str, words: &[&str]| {
        let text = text.to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    };
    match (source, sourcetype) {
        (Some(source), _)
            if source.contains(':') && !holds(source, &["powershell", "forwardedevents"]) =>
        {
            Some(format!("source {source}"))
        }
        (_, Some(sourcetype)) if !holds(sourcetype, &LOGS) => {
            Some(format!("sourcetype {sourcetype}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_paths_lead_into_the_checkout() {
        let path = "datasets/attack_techniques/T1059.001/a b.log";
        for data in [
            "https://media.githubusercontent.com/media/splunk/attack_data/master/datasets/attack_techniques/T1059.001/a%20b.log",
            "https://raw.githubusercontent.com/splunk/attack_data/main/datasets/attack_techniques/T1059.001/a%20b.log?raw=true",
            "https://github.com/splunk/attack_data/blob/master/datasets/attack_techniques/T1059.001/a b.log#L1",
            "datasets/attack_techniques/T1059.001/a b.log",
            "./datasets\\attack_techniques\\T1059.001\\a b.log",
        ] {
            assert_eq!(path_inside(data).as_deref(), Ok(path), "{data}");
        }
        for data in ["../x.log", "/etc/passwd", "datasets/%2e%2e/%2e%2e/x", "C:/x", ""] {
            assert!(path_inside(data).is_err(), "{data}");
        }
        assert!(path_inside("https://example.test/datasets/x.log").is_err());
    }

    #[test]
    fn a_pointer_and_a_missing_file_are_told_apart() {
        let folder = std::env::temp_dir().join(format!("scriptscope-data-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("datasets")).unwrap();
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";
        std::fs::write(folder.join("datasets/a.log"), pointer).unwrap();
        std::fs::write(folder.join("datasets/b.log"), "<Event/>").unwrap();
        let checkout = Checkout::new(folder.clone()).unwrap();
        assert_eq!(
            checkout.find("datasets/a.log").unwrap_err(),
            "datasets/a.log: LFS pointer: run git lfs pull"
        );
        assert_eq!(checkout.find("b.log"), Ok(folder.join("datasets/b.log")));
        assert!(checkout.find("datasets/c.log").unwrap_err().contains("datasets/c.log: not in "));
        let inner = Checkout::new(folder.join("datasets")).unwrap();
        assert_eq!(inner.find("datasets/b.log"), Ok(folder.join("datasets/b.log")));
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(Checkout::new(folder).is_err());
    }

    #[test]
    fn data_of_other_logs_is_left_out() {
        let left_out = |source, sourcetype| is_of_other_log(source, sourcetype).is_some();
        let powershell = "XmlWinEventLog:Microsoft-Windows-PowerShell/Operational";
        assert!(!left_out(Some(powershell), Some("XmlWinEventLog")));
        assert!(!left_out(
            Some("WinEventLog:Microsoft-Windows-PowerShell/Operational"),
            Some("WinEventLog")
        ));
        assert!(!left_out(None, None) && !left_out(Some("*"), Some("xmlwineventlog")));
        assert!(left_out(
            Some("XmlWinEventLog:Microsoft-Windows-Sysmon/Operational"),
            Some("XmlWinEventLog")
        ));
        assert!(left_out(Some("XmlWinEventLog:Security"), None));
        assert!(left_out(Some("aws_cloudtrail"), Some("aws:cloudtrail")));
        assert!(left_out(None, Some("stash")));
    }
}
