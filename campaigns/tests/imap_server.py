"""A small IMAP server on loopback: folders of mails, and every command it was given."""

import socketserver
import threading
from dataclasses import dataclass, field


@dataclass
class Folder:
    numbering: int = 1
    mails: dict[int, bytes] = field(default_factory=dict)
    flags: str = ""

    def add(self, raw: bytes) -> int:
        uid = max(self.mails, default=0) + 1
        self.mails[uid] = raw
        return uid


class ImapServer:
    """Speaks as much IMAP as a reader of mail needs; `password` is the one it lets in."""

    def __init__(self) -> None:
        self.folders = {"INBOX": Folder(), "Junk": Folder(flags="\\Junk"), "Sent": Folder(flags="\\Sent")}
        self.password = "secret"
        self.commands: list[str] = []
        self.refuse = ""  # the command that is answered with NO

    def __enter__(self) -> "ImapServer":
        owner = self

        class Session(socketserver.StreamRequestHandler):
            timeout = 20

            def handle(self) -> None:
                owner.serve(self)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        self.url = f"imap://reader:secret@127.0.0.1:{self.server.server_address[1]}/"
        return self

    def __exit__(self, *problem: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    def serve(self, session: socketserver.StreamRequestHandler) -> None:
        say = session.wfile.write
        say(b"* OK ready\r\n")
        folder = Folder()
        while line := session.rfile.readline(10_000):
            tag, _, command = line.decode().strip().partition(" ")
            self.commands.append(command)
            word = command.upper()
            if self.refuse and word.startswith(self.refuse):
                say(f"{tag} NO not today\r\n".encode())
            elif word == "LOGOUT":
                say(f"* BYE\r\n{tag} OK\r\n".encode())
                return
            elif word.startswith("LOGIN") and self.password not in command:
                say(f"{tag} NO wrong password\r\n".encode())
            else:
                if word.startswith("EXAMINE"):
                    folder = self.folders[command.split('"')[1]]
                say(self._answer(word, folder) + f"{tag} OK done\r\n".encode())

    def _answer(self, word: str, folder: Folder) -> bytes:
        if word == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n"
        if word.startswith("LIST"):
            return "".join(
                f'* LIST (\\HasNoChildren {each.flags}) "/" "{name}"\r\n'
                for name, each in self.folders.items()
            ).encode()
        if word.startswith("EXAMINE"):
            return f"* {len(folder.mails)} EXISTS\r\n* OK [UIDVALIDITY {folder.numbering}] ok\r\n".encode()
        if word.startswith("UID SEARCH"):
            first = int(word.split()[3].partition(":")[0])
            found = [uid for uid in folder.mails if uid >= first] or sorted(folder.mails)[-1:]
            return f"* SEARCH {' '.join(map(str, found))}\r\n".encode()
        if word.startswith("UID FETCH"):
            uid, limit = int(word.split()[2]), int(word.partition("<0.")[2].partition(">")[0])
            raw = folder.mails.get(uid, b"")[:limit]
            head = (
                f'* 1 FETCH (UID {uid} INTERNALDATE "02-Mar-2026 09:30:00 +0000" BODY[]<0> {{{len(raw)}}}\r\n'
            )
            return head.encode() + raw + b")\r\n" if uid in folder.mails else b""
        return b""
