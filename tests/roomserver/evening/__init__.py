"""An evening of the whole programme, on the server's own rooms, ledger and store, in seconds of a manual clock."""
