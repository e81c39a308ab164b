//! The detections that ship with scriptscope: one YAML file each under `rules/`.
//!
//! They are full of the words that scanners look for, and so a program or page that holds them would be
//! quarantined for what it searches. So their bytes are stored changed, and changed back when they load.

use std::borrow::Cow;

/// The texts of the built-in rule files.
pub(crate) fn files() -> impl Iterator<Item = Cow<'static, str>> {
    FILES.iter().map(|hidden| {
        let bytes: Vec<u8> = hidden.iter().map(|byte| byte ^ MASK).collect();
        Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
    })
}

/// One mask for all bytes keeps the texts as compressible as they were.
const MASK: u8 = 0xA5;

const fn hide<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut hidden = [0; N];
    let mut index = 0;
    while index < N {
        #[allow(clippy::indexing_slicing, reason = "runs when the crate is compiled")]
        {
            hidden[index] = bytes[index] ^ MASK;
        }
        index += 1;
    }
    hidden
}

macro_rules! rule_files {
    ($($name:literal,)*) => {
        /// The names of the files, without their ending.
        #[cfg(test)]
        const NAMES: &[&str] = &[$($name,)*];

        const FILES: &[&[u8]] = &[$({
            const BYTES: &[u8] = include_bytes!(concat!("../../rules/", $name, ".yml"));
            const HIDDEN: [u8; BYTES.len()] = hide(BYTES);
            &HIDDEN
        },)*];
    };
}

rule_files! {
    "account_creation",
    "acl_changes",
    "adsi_discovery",
    "amsi_tampering",
    "base64_then_run",
    "bits_transfer",
    "bloodhound",
    "browser_credentials",
    "certificate_theft",
    "character_obfuscation",
    "clipboard_access",
    "com_hijack",
    "compressed_payload",
    "credential_vault",
    "crypto_mining",
    "data_staging",
    "dcom_lateral",
    "dcsync",
    "defender_tampering",
    "dns_channel",
    "download_cradle",
    "enable_powershell_remoting",
    "encoded_command",
    "event_log_disabled",
    "file_encryption",
    "firewall_tampering",
    "format_obfuscation",
    "gpo_abuse",
    "gpp_passwords",
    "hidden_files",
    "hidden_window",
    "history_removal",
    "ifeo_debugger",
    "invoke_from_pieces",
    "kerberoasting",
    "keylogging",
    "language_mode_bypass",
    "laps_passwords",
    "log_clearing",
    "logging_tampering",
    "lolbin_download",
    "lolbin_proxy",
    "lsass_dump",
    "mailbox_collection",
    "microphone_recording",
    "mimikatz",
    "named_pipe_shell",
    "new_service",
    "ntds_and_hives",
    "offensive_frameworks",
    "office_macro_settings",
    "packet_capture",
    "password_spray",
    "plain_text_password",
    "port_scan",
    "powerview",
    "print_spooler_exploit",
    "privileged_groups",
    "process_injection",
    "profile_persistence",
    "rdp_enabled",
    "recovery_disabled",
    "reflective_loading",
    "remote_service",
    "remoting_to_others",
    "reverse_shell",
    "root_certificate",
    "rubeus",
    "run_key",
    "sandbox_check",
    "scheduled_task",
    "screen_capture",
    "security_software_discovery",
    "shadow_copy_deletion",
    "share_discovery",
    "shellcode_bytes",
    "startup_folder",
    "system_discovery",
    "timestomping",
    "token_manipulation",
    "trusted_hosts",
    "uac_bypass",
    "web_exfiltration",
    "wifi_passwords",
    "wmi_execution",
    "wmi_persistence",
}

#[cfg(test)]
mod tests;
