"""A small seccomp filter for children without bubblewrap: no sockets, no tracing, no ways around either."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

_LOAD_WORD = 0x20
_JUMP_IF_EQUAL = 0x15
_JUMP_IF_GREATER_OR_EQUAL = 0x35
_RETURN = 0x06

_KILL_PROCESS = 0x80000000
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EPERM

_NUMBER_OFFSET = 0
_ARCHITECTURE_OFFSET = 4
_X32_BIT = 0x40000000

# AUDIT_ARCH_* of <linux/audit.h> and the numbers of <asm/unistd.h>: socket, connect, ptrace, process_vm_readv,
# process_vm_writev, bpf, io_uring_setup (which could open sockets without calling socket).
_ARCHITECTURES = {
    "x86_64": (0xC000003E, (41, 42, 101, 310, 311, 321, 425)),
    "aarch64": (0xC00000B7, (198, 203, 117, 270, 271, 280, 425)),
}


class _Program(ctypes.Structure):
    """`struct sock_fprog` of <linux/filter.h>."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def deny_dangerous_calls(libc: ctypes.CDLL) -> None:
    """Make the listed system calls fail with EPERM for this process and all it starts; needs no_new_privs.

    Raises:
        OSError: the processor is unknown to us or the kernel refuses the filter.
    """
    if platform.machine() not in _ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no system call filter is written for {platform.machine()}")
    architecture, refused_numbers = _ARCHITECTURES[platform.machine()]
    lines = [
        _line(_LOAD_WORD, _ARCHITECTURE_OFFSET),
        _line(_JUMP_IF_EQUAL, architecture, if_true=1),
        _line(_RETURN, _KILL_PROCESS),
        _line(_LOAD_WORD, _NUMBER_OFFSET),
        # The x32 ABI has the same architecture word with other numbers; nothing of ours uses it.
        _line(_JUMP_IF_GREATER_OR_EQUAL, _X32_BIT, if_false=1),
        _line(_RETURN, _KILL_PROCESS),
    ]
    for number in refused_numbers:
        lines += [_line(_JUMP_IF_EQUAL, number, if_false=1), _line(_RETURN, _REFUSE)]
    lines.append(_line(_RETURN, _ALLOW))
    program = _Program(len(lines), b"".join(lines))
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"PR_SET_SECCOMP: {os.strerror(number)}")


def _line(code: int, operand: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, operand)
