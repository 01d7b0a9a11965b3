"""A private Postfix and Dovecot on loopback ports, from the Debian packages; all they write is in one folder."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

PASSWORD = "post-office"
_SERVICES = """
127.0.0.1:{smtp} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
postlog unix-dgram n - n - 1 postlogd
"""
_MAIN = """
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {root}/postfix.log
maillog_file_prefixes = {root}
myhostname = mail.fernhill.example
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
recipient_delimiter = +
smtpd_reject_unlisted_recipient = no
virtual_mailbox_domains = fernhill.example, brooklane.example
virtual_mailbox_base = {root}/mail
virtual_mailbox_maps = texthash:{root}/boxes
virtual_alias_maps = texthash:{root}/aliases
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
"""
_DOVECOT = """
protocols = imap
listen = 127.0.0.1
base_dir = {root}/dovecot
state_dir = {root}/dovecot
log_path = {root}/dovecot.log
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:{root}/mail/%d/%n
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%d/%n
}}
namespace inbox {{
  inbox = yes
  mailbox Spam {{
    auto = create
    special_use = \\Junk
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


def why_absent() -> str:
    """Return why no post office can be opened here; "" where it can."""
    missing = [each for each in ("/usr/sbin/postfix", "/usr/sbin/dovecot") if not Path(each).exists()]
    if missing:
        return f"{', '.join(missing)} is not here: apt-get install postfix dovecot-imapd"
    return "" if os.geteuid() == 0 else "Postfix and Dovecot change users, so they start for root only"


class PostOffice:
    """`boxes` are the addresses that exist at fernhill.example and brooklane.example; `aliases` lead to one of them."""

    def __init__(self, boxes: Sequence[str], aliases: dict[str, str]) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="post-office-"))
        self.boxes, self.aliases = boxes, aliases
        self.smtp, self.imap = _free_port(), _free_port()
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "PostOffice":
        user = pwd.getpwnam("nobody")
        words = {"root": self.root, "smtp": self.smtp, "imap": self.imap, "password": PASSWORD}
        words |= {"uid": user.pw_uid, "gid": user.pw_gid}
        self.root.chmod(0o755)
        (self.root / "main.cf").write_text(_MAIN.format(**words))
        (self.root / "master.cf").write_text(_SERVICES.format(**words).strip() + "\n")
        (self.root / "dovecot.conf").write_text(_DOVECOT.format(**words))
        places = {box: "{1}/{0}/".format(*box.split("@")) for box in self.boxes}
        (self.root / "boxes").write_text("".join(f"{box} {place}\n" for box, place in places.items()))
        (self.root / "aliases").write_text("".join(f"{name} {box}\n" for name, box in self.aliases.items()))
        for name, owner in (("mail", "nobody"), ("data", "postfix"), ("queue", "root"), ("dovecot", "root")):
            (self.root / name).mkdir()
            shutil.chown(self.root / name, owner)
        self._start("/usr/sbin/postfix", "-c", str(self.root), "start-fg")
        self._start("/usr/sbin/dovecot", "-F", "-c", str(self.root / "dovecot.conf"))
        return self

    def __exit__(self, *problem: object) -> None:
        for process in reversed(self.processes):
            os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(20)
        shutil.rmtree(self.root, ignore_errors=True)

    def imap_url(self, box: str) -> str:
        return f"imap://{box.replace('@', '%40')}:{PASSWORD}@127.0.0.1:{self.imap}/"

    def told(self) -> str:
        """The ends of the servers' logs, for whoever asks why nothing came."""
        logs = [self.root / "postfix.log", self.root / "dovecot.log", self.root / "start.log"]
        return "\n".join(log.read_text(errors="replace")[-3_000:] for log in logs if log.exists())

    def _start(self, *command: str) -> None:
        with (self.root / "start.log").open("ab") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
