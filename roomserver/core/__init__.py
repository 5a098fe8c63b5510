"""One classroom as a value: an ordered log, and the state that is its fold.

Pure: no sockets, no clock, no randomness, no `await`.  Commands and the time come in, effects go out.

    room.py        the whole: what comes in, what goes out, when it must be called next
    presence.py    joining, resuming, losing the line, leaving
    decide/        a command and the state in, the events that it causes out
    checks.py      what is asked before anything is decided
    rights.py      who may send what: one table
    rates.py       how much one member may send
    ink.py         points on their way, before they have a place in the log
    course.py      what a room does by itself: pause, end, record
    timetable.py   when it must: one list

    journal.py     the log and its fold, which grow together
    log.py         events with their places, their chain of hashes, and the exact bytes that are stored
    facts.py       events that are kept and never sent
    fold.py        adding up a stored log, from its beginning or from a checkpoint
    state.py       the fold: what a room knows, and what is asked of it
    happened/      of every event, what it changes in the state: one table
    checkpoint.py  the fold as bytes
    evidence.py    checking a stored chain

    ledger.py      what outlives a room, and who is let in by it
    postings.py    what the ledger learns of an event

    delivery.py    connections as cursors into the log
    answers.py     which commands a session has had answered, and which wait for the disk
    words.py       words on the city's list, and numbers that are masked
    views.py       what one member is shown of the room
    record.py      the session record
    forms.py       what a form of tutoring may do, as data
"""
