"""What a story says of answers: good, refused with a code, or there in time."""

import time

import linstor

CODE_MASK = 0x7FFF


def good(replies):
    """The replies, of which none may be an error."""
    assert replies, "the answer is empty"
    bad = [reply for reply in replies if reply.is_error()]
    assert not bad, f"refused: {bad[0].message}"
    return replies


def created(replies):
    """As good, and the first entry is a success, not a warning or an information."""
    good(replies)
    assert replies[0].is_success(), f"the first entry is no success: {replies[0]}"
    return replies


def refused(replies, code=None):
    """An error in LINSTOR's own form; `code` is its number without masks."""
    errors = [reply for reply in replies if reply.is_error()]
    assert errors, f"not refused: {[str(reply) for reply in replies]}"
    found = [reply.ret_code & CODE_MASK for reply in errors]
    assert code is None or code & CODE_MASK in found, f"refused with {found}: {errors[0].message}"
    return replies


def raises(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def until(what, check, seconds=30):
    """Waits for what happens in its own time; the condition is the point."""
    deadline = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {seconds} s in vain: {what}"
        time.sleep(0.05)


def is_ours(error):
    """A refusal by the library itself: the server says it is too old for the call."""
    assert isinstance(error, linstor.LinstorError) and "needed 1.29.0" in str(error), str(error)
