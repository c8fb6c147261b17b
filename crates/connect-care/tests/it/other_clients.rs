//! Clients that we did not write exchange messages with a running server: `mllp_send`
//! of the package `hl7`, and one made of `hl7apy`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::operated::{Installation, stored};

/// The packages, with the versions that these tests were written against.
const PACKAGES: [&str; 2] = ["hl7==0.4.5", "hl7apy==1.3.5"];

/// Builds messages with `hl7apy`, sends them over one connection and reads the
/// answers with it: a good one, the same again, one in enhanced mode, one with a fault.
const HL7APY_CLIENT: &str = r#"
import socket, sys
from hl7apy.core import Message
from hl7apy.parser import parse_message

def admission(control_id, number, accept=None, application=None):
    message = Message("ADT_A01", version="2.5")
    message.msh.msh_3, message.msh.msh_4, message.msh.msh_5, message.msh.msh_6 = "PAS", "ZZ901", "CC", "SEL"
    message.msh.msh_7, message.msh.msh_9, message.msh.msh_10, message.msh.msh_11 = "20261122090000", "ADT^A01^ADT_A01", control_id, "P"
    if accept:
        message.msh.msh_15, message.msh.msh_16 = accept, application
    message.evn.evn_2 = "20261122090000"
    message.pid.pid_3 = number
    message.pid.pid_5 = "Okafor^Grace"
    message.pid.pid_7 = "19610402"
    message.pv1.pv1_2 = "I"
    return message

def answer(connection):
    received = b""
    while not received.endswith(b"\x1c\r"):
        piece = connection.recv(4096)
        assert piece, "the server hung up"
        received += piece
    return parse_message(received[1:-2].decode(), find_groups=False)

cases = [
    (admission("P1", "77^^^ZZ901^MR"), "AA"),
    (admission("P1", "77^^^ZZ901^MR"), "AA"),
    (admission("P2", "77^^^ZZ901^MR", "AL", "NE"), "CA"),
    (admission("P3", "9990000019^^^NHS^NH"), "AE"),
]
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as connection:
    for message, code in cases:
        connection.sendall(message.to_mllp().encode())
        told = answer(connection)
        assert told.msa.msa_1.value == code, told.to_er7()
        assert told.msa.msa_2.value == message.msh.msh_10.value, told.to_er7()
        assert told.msh.msh_9.msh_9_1.value == "ACK", told.to_er7()
        assert told.msh.msh_5.value == "PAS" and told.msh.msh_6.value == "ZZ901", told.to_er7()
        print(told.msa.msa_1.value)
"#;

/// An environment with the packages, made once and kept under `target`; nothing where it
/// cannot be had, which is said.
fn clients() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hl7-clients");
    let python = folder.join("bin/python");
    let has_both = |python: &Path| quiet(Command::new(python).args(["-c", "import hl7, hl7apy"]));
    if !has_both(&python) {
        let made = quiet(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))
            && quiet(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES));
        if !made || !has_both(&python) {
            println!("skipped: python3 with venv, or its packages {PACKAGES:?}, cannot be had");
            return None;
        }
    }
    Some(folder.join("bin"))
}

fn quiet(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn ran(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
    let (said, failed) = (String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{said}\n{failed}");
    said
}

#[test]
fn other_peoples_clients_exchange_messages_with_a_running_server() {
    let Some(programs) = clients() else { return };
    let installation = Installation::new();
    let (service, _) = installation.serve("info");
    let address = service.address("mllp", Some("kingsbrook"));
    let (host, port) = address.rsplit_once(':').unwrap();

    let messages = installation.folder.path().join("messages.hl7");
    let one = |id: &str| {
        format!(
            "MSH|^~\\&|PAS|ZZ901|CC|SEL|20261122090000||ADT^A08|{id}|P|2.4\n\
             PID|1||{id}^^^ZZ901^MR||Fam{id}^Giv{id}||19610402|F\nAL1|1|DA|^Penicillin\n"
        )
    };
    std::fs::write(&messages, ["S1", "S2", "S3"].map(one).concat()).unwrap();
    let mut sending = Command::new(programs.join("mllp_send"));
    let said = ran(sending.args(["--loose", "--file"]).arg(&messages).args(["--port", port, host]));
    for id in ["S1", "S2", "S3"] {
        assert!(said.contains(&format!("MSA|AA|{id}|")), "{said}");
    }

    let script = installation.folder.path().join("client.py");
    std::fs::write(&script, HL7APY_CLIENT).unwrap();
    let said = ran(Command::new(programs.join("python")).arg(&script).args([host, port]));
    assert_eq!(said.split_whitespace().collect::<Vec<_>>(), ["AA", "AA", "CA", "AE"]);

    service.terminate();
    assert_eq!(service.ended().0.code(), Some(0));
    let (messages, waiting, _) = stored(installation.folder.path());
    assert_eq!((messages, waiting), (6, 0), "three by each; what came twice is there once");
}
