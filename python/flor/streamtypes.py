"""The types of the observed streams. They show themselves as the plain ones of `io`.

The classes live in functions and refer to nothing global: streams are used until the very end of the interpreter, when
the names of modules are gone already.
"""

import io
from _thread import get_ident
from collections.abc import Callable
from typing import Any

Operation = tuple[str, Any]


class Marks:
    """What one stream notes, shared by its three layers."""

    def __init__(self, kinds: tuple[str, str, str], note: Callable[[Operation], None]) -> None:
        self.text_kind, self.bytes_kind, self.flush_kind = kinds
        self.note = note
        self.written_bytes = 0
        self.inside: set[int] = set()
        """Threads that are in one of the upper layers: what reaches the lower ones then was noted there."""
        self.buffer: Any = None
        self._text: Any = None

    def attach(self, text: Any, buffer: Any) -> None:
        self._text = text
        self.buffer = buffer

    def encoded(self, text: str) -> bytes:
        stream = self._text
        return text.encode(stream.encoding, stream.errors)

    def stop(self) -> None:
        self.note = _ignore
        # The thread that forked may be in the middle of a write, but it is the only one left.
        self.inside.clear()


def _ignore(operation: Operation) -> None:
    """Notes nothing."""


def _disguised(plain: type, observed: type) -> type:
    for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(observed, attribute, getattr(plain, attribute))
    name, plain_repr = plain.__name__, plain.__repr__

    def show(self: object) -> str:
        # Versions differ in whether they name the module of a subclass.
        text = plain_repr(self)
        return "<_io." + text[text.index(name) :]

    observed.__repr__ = show  # type: ignore[method-assign,assignment]
    return observed


def observed_types(marks: Marks) -> tuple[type, type, type, type]:
    """Text, buffer, descriptor, and the descriptor of an unbuffered stream, to which the script writes directly."""
    text_type = _text_type(marks)
    # The script may ask where its stream comes from; we may ask for its marks.
    text_type.marks = marks  # type: ignore[attr-defined]
    return text_type, _buffer_type(marks), _descriptor_type(marks), _direct_type(marks)


def _text_type(marks: Marks) -> type:
    plain, thread, inside = io.TextIOWrapper, get_ident, marks.inside
    plain_write, plain_flush = plain.write, plain.flush
    text_kind, flush_kind = marks.text_kind, marks.flush_kind

    class Text(plain):  # type: ignore[misc, valid-type]
        def write(self, text: str, /) -> int:
            me = thread()
            is_nested = me in inside
            inside.add(me)
            try:
                count = plain_write(self, text)
            except (TypeError, ValueError):
                raise
            except BaseException:
                # Interrupted or refused below: the text was accepted before that.
                marks.note((text_kind, text))
                raise
            finally:
                if not is_nested:
                    inside.discard(me)
            marks.note((text_kind, text))
            return count

        def flush(self) -> None:
            me = thread()
            is_nested = me in inside
            inside.add(me)
            try:
                plain_flush(self)
            finally:
                if not is_nested:
                    inside.discard(me)
            marks.note((flush_kind, ""))

    return _disguised(plain, Text)


def _buffer_type(marks: Marks) -> type:
    plain, thread, inside = io.BufferedWriter, get_ident, marks.inside
    plain_write, plain_flush, bytes_kind = plain.write, plain.flush, marks.bytes_kind

    class Buffer(plain):  # type: ignore[misc, valid-type]
        def write(self, data: Any, /) -> int:
            me = thread()
            if me in inside:
                return plain_write(self, data)
            inside.add(me)
            try:
                count = plain_write(self, data)
            finally:
                inside.discard(me)
            marks.note((bytes_kind, bytes(data)))
            return count

        def flush(self) -> None:
            me = thread()
            if me in inside:
                return plain_flush(self)
            inside.add(me)
            try:
                plain_flush(self)
            finally:
                inside.discard(me)

    return _disguised(plain, Buffer)


def _descriptor_type(marks: Marks) -> type:
    plain, thread, inside = io.FileIO, get_ident, marks.inside
    plain_write = plain.write

    class Descriptor(plain):  # type: ignore[misc, valid-type]
        def write(self, data: Any, /) -> Any:
            count = plain_write(self, data)
            # What the script writes here past the upper layers counts as coming from elsewhere.
            if count and thread() in inside:
                marks.written_bytes += count
            return count

    return _disguised(plain, Descriptor)


def _direct_type(marks: Marks) -> type:
    plain, thread, inside, bytes_kind = io.FileIO, get_ident, marks.inside, marks.bytes_kind
    plain_write = plain.write

    class Descriptor(plain):  # type: ignore[misc, valid-type]
        def write(self, data: Any, /) -> Any:
            count = plain_write(self, data)
            if count:
                marks.written_bytes += count
                if thread() not in inside:
                    marks.note((bytes_kind, bytes(data)[:count]))
            return count

    return _disguised(plain, Descriptor)
