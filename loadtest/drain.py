"""Many datagrams in one call of the kernel, for receivers that only count: `recvmmsg` of libc, through cffi.

Sixty-four bytes of a datagram are fetched and the rest is left behind, so that one core can stand for hundreds of
viewers; what the kernel says of its length is the whole.
"""

import cffi

BATCH = 64
_HEAD_BYTES = 64

ffi = cffi.FFI()
ffi.cdef(
    """
    struct iovec { void *base; size_t length; };
    struct msghdr { void *name; unsigned int name_bytes; struct iovec *iov; size_t iovs;
                    void *control; size_t control_bytes; int flags; };
    struct mmsghdr { struct msghdr head; unsigned int bytes; };
    int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout);
    """
)
_libc = ffi.dlopen(None)
_MSG_DONTWAIT, _MSG_TRUNC = 0x40, 0x20


class Drain:
    """Room for one batch; one for a process is enough."""

    def __init__(self) -> None:
        self._bytes = ffi.new("char[]", BATCH * _HEAD_BYTES)
        self._iovs = ffi.new("struct iovec[]", BATCH)
        self._messages = ffi.new("struct mmsghdr[]", BATCH)
        for n in range(BATCH):
            self._iovs[n].base = self._bytes + n * _HEAD_BYTES
            self._iovs[n].length = _HEAD_BYTES
            self._messages[n].head.iov = self._iovs + n
            self._messages[n].head.iovs = 1
        words = ffi.sizeof("struct mmsghdr") // 4
        at = ffi.offsetof("struct mmsghdr", "bytes") // 4
        self._lengths = memoryview(ffi.buffer(self._messages)).cast("I")[at::words]

    def lengths(self, fd: int) -> list[int]:
        """The lengths of the datagrams that wait at a socket; at most `BATCH`, and the call again brings more."""
        count = _libc.recvmmsg(fd, self._messages, BATCH, _MSG_DONTWAIT | _MSG_TRUNC, ffi.NULL)
        return self._lengths[:count].tolist() if count > 0 else []
