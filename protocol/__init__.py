"""The wire: one frozen class a message, two codecs, the codes, the limits, and a client as a pure state machine.

Pure: no sockets, no clock, no randomness, nothing of ours.  docs/protocol.md is this package in prose.
"""
