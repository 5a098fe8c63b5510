"""The embedded store's file: how it is opened, and its tables.

Knows nothing of rooms' rules.  A schema that has been released is never edited: append a migration.
"""

import os
import sqlite3
from pathlib import Path

BUSY_S = 5.0  # how long a connection waits for another process that writes

# One script for each value of `PRAGMA user_version`; STRICT so that bytes stay the bytes they were.
MIGRATIONS = [
    """
    CREATE TABLE rooms (
        room TEXT PRIMARY KEY, epoch INTEGER NOT NULL, created_ms INTEGER NOT NULL, closed_ms INTEGER,
        meta BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX live_rooms ON rooms (room) WHERE closed_ms IS NULL;
    CREATE TABLE events (
        room TEXT NOT NULL, seq INTEGER NOT NULL, body BLOB NOT NULL, personal BLOB, hash BLOB NOT NULL,
        PRIMARY KEY (room, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE salts (
        room TEXT NOT NULL, member INTEGER NOT NULL, salt BLOB NOT NULL,
        PRIMARY KEY (room, member)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE records (
        position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, room TEXT NOT NULL,
        envelope BLOB NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE checkpoints (
        room TEXT PRIMARY KEY, seq INTEGER NOT NULL, epoch INTEGER NOT NULL, data BLOB NOT NULL
    ) STRICT;
    """,
    """
    ALTER TABLE rooms ADD COLUMN forgotten_ms INTEGER;
    CREATE INDEX kept_logs ON rooms (closed_ms) WHERE closed_ms IS NOT NULL AND forgotten_ms IS NULL;
    CREATE TABLE forgetting (room TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE INDEX records_of_rooms ON records (room);
    """,
    # A room keeps all its checkpoints.  The one it had was of another version, and the log says the same.
    """
    DROP TABLE checkpoints;
    CREATE TABLE checkpoints (
        room TEXT NOT NULL, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY (room, seq)
    ) STRICT;
    """,
    # Who was where; of rooms that are over already, as their records say.
    """
    CREATE TABLE people (
        identity TEXT NOT NULL, room TEXT NOT NULL, member INTEGER NOT NULL,
        PRIMARY KEY (identity, room, member)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO people (identity, room, member)
        SELECT json_extract(one.value, '$.identity'), room, json_extract(one.value, '$.member')
        FROM records, json_each(CAST(envelope AS TEXT), '$.data.members') AS one;
    """,
    # The ledger: what outlives a room.
    """
    CREATE TABLE reservations (
        room TEXT NOT NULL, identity TEXT NOT NULL, account TEXT NOT NULL, week_ms INTEGER NOT NULL,
        reserved_ms INTEGER NOT NULL, used_ms INTEGER,
        PRIMARY KEY (room, identity)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX reservations_of_accounts ON reservations (account, week_ms);
    CREATE TABLE classes (
        identity TEXT NOT NULL, room TEXT NOT NULL, since_ms INTEGER NOT NULL, until_ms INTEGER,
        PRIMARY KEY (identity, room)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX open_classes ON classes (room) WHERE until_ms IS NULL;
    CREATE TABLE stays (
        identity TEXT NOT NULL, room TEXT NOT NULL, since_ms INTEGER NOT NULL, until_ms INTEGER,
        PRIMARY KEY (identity, room, since_ms)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX open_stays ON stays (room) WHERE until_ms IS NULL;
    CREATE TABLE dues (
        identity TEXT NOT NULL, room TEXT NOT NULL, since_ms INTEGER NOT NULL,
        PRIMARY KEY (identity, room)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE claims (
        identity TEXT PRIMARY KEY, room TEXT NOT NULL, epoch INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE evaluations (
        position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, envelope BLOB NOT NULL
    ) STRICT;
    """,
    # What records count for (sqlite_filing.py).  Days, weeks and months are those of Shanghai.
    """
    CREATE TABLE sessions (
        position INTEGER PRIMARY KEY, room TEXT NOT NULL, form TEXT NOT NULL, subject TEXT NOT NULL,
        began_ms INTEGER NOT NULL, day TEXT NOT NULL, week TEXT NOT NULL, month TEXT NOT NULL, live INTEGER NOT NULL,
        quota_s INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX sessions_of_days ON sessions (day);
    CREATE TABLE attendances (
        position INTEGER NOT NULL, member INTEGER NOT NULL, identity TEXT NOT NULL, role TEXT NOT NULL,
        school TEXT NOT NULL, district TEXT NOT NULL, heads INTEGER NOT NULL, together_s INTEGER NOT NULL,
        minutes INTEGER NOT NULL, uncounted TEXT NOT NULL, score INTEGER,
        PRIMARY KEY (position, member)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE late_scores (
        room TEXT NOT NULL, member INTEGER NOT NULL, score INTEGER NOT NULL,
        PRIMARY KEY (room, member)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX attendances_of_people ON attendances (identity, position);
    """,
    # The envelope stands last: what is counted is read without it.
    """
    CREATE TABLE outbox (
        position INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT NOT NULL, id TEXT NOT NULL, at_ms INTEGER NOT NULL,
        due_ms INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, given_up INTEGER NOT NULL DEFAULT 0,
        error TEXT, envelope BLOB NOT NULL
    ) STRICT;
    CREATE INDEX outbox_in_order ON outbox (sink, position) WHERE given_up = 0;
    CREATE INDEX outbox_due ON outbox (sink, due_ms, position) WHERE given_up = 0;
    """,
    # Who was where, of rooms that were open when `people` was made: as their logs say.
    """
    INSERT OR IGNORE INTO people (identity, room, member)
        SELECT CAST(personal AS TEXT) ->> '$.identity', room, CAST(body AS TEXT) ->> '$.event.member'
        FROM events JOIN rooms USING (room)
        WHERE closed_ms IS NULL AND personal IS NOT NULL AND instr(body, CAST('"type":"fact.session"' AS BLOB));
    """,
    """
    CREATE INDEX evaluations_of_people ON evaluations (CAST(envelope AS TEXT) ->> '$.data.identity');
    """,
    # Evaluations that came late go with the log of their room.
    """
    CREATE INDEX evaluations_of_rooms ON evaluations (CAST(envelope AS TEXT) ->> '$.data.room');
    DELETE FROM evaluations WHERE CAST(envelope AS TEXT) ->> '$.data.room'
        IN (SELECT room FROM rooms WHERE forgotten_ms IS NOT NULL);
    """,
]


class TooNew(Exception):
    """The file was written by a newer version of this program."""


def prepare(path: Path) -> None:
    """Create the file and its directory where missing, for our eyes only, and bring its tables up to date.

    Raises:
        TooNew, OSError, sqlite3.Error: it cannot be used.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite gives its -wal and -shm the same mode
    db = connect(path)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise TooNew(f"its schema is {version}, this program knows {len(MIGRATIONS)}")
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            db.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;")
    finally:
        db.close()


def connect(path: Path, *, synchronous: str = "FULL") -> sqlite3.Connection:
    """A connection whose transactions are begun and ended by hand; it may pass from thread to thread."""
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    db.execute(f"PRAGMA synchronous = {synchronous}")
    return db
