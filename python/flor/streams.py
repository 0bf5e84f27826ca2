"""The script's standard streams: they write as Python's own do, and what is done to them is noted for the record.

They are of subclasses of `io`'s types whose `write` and `flush` are C functions (`OutputStreams.c`), in three layers:
text (notes what is written and flushed), buffer (notes what the script writes there itself) and descriptor (counts what
has left). Nothing flushes of its own accord, so that buffering stays what it was.
"""

import io
import sys
from collections.abc import Callable, Iterator
from typing import Any

import _flor


class OutputLog:
    """What the script did to its streams, as records of `output.ops`."""

    def __init__(self) -> None:
        self._text: dict[str, Any] = {}
        self._buffer: dict[str, Any] = {}

    def put(self, letter: str, text: Any, buffer: Any) -> None:
        """The stream whose records have kinds of that letter's case."""
        self._text[letter] = text
        self._buffer[letter] = buffer

    def when_full(self, act: Callable[[], object] | None) -> None:
        """Has `act` called, by whatever thread writes, each time that a megabyte of records waits to be taken. None ends that."""
        _flor.when_output_is_full(act)

    def let_go(self) -> None:
        """At the end: streams are flushed for the last time as they die, and the code of the program keeps everything of ours.

        What stands among the constants of rewritten code is beyond the collector, and this log is reached from there.
        """
        self.when_full(None)
        self._text.clear()
        self._buffer.clear()

    def take(self) -> bytes:
        """The records since the last time."""
        records: bytes = _flor.take_output()
        return records

    @property
    def length(self) -> int:
        """Bytes of all records so far, those taken included."""
        return int(_flor.output_length())

    @property
    def stdout_length(self) -> int:
        """Bytes that the script has written to stdout (text as UTF-8), whether they have left its buffers or not."""
        return int(_flor.stdout_length())

    @property
    def written(self) -> int:
        """Bytes that have left these streams for standard output; those of stderr as well where it is the same."""
        return int(_flor.written_stdout())

    def foreign_bytes(self) -> int | None:
        """Bytes on standard output from elsewhere: child processes, C code, `os.write`. None where that is unknown."""
        total = _flor.total_stdout()
        return None if total < 0 else int(total - self.written)

    def flush(self) -> None:
        """Has everything that was written leave this process, also what waits in a wrapper that the script put around a stream."""
        for stream in (sys.stdout, sys.stderr, *self._text.values()):
            if isinstance(stream, io.TextIOWrapper) and not stream.closed:
                stream.flush()

    def reemit(self, records: bytes) -> None:
        """Does the recorded operations again, to the streams that the script was started with."""
        for kind, data in operations(records):
            letter = "T" if kind.isupper() else "t"
            if kind == letter:
                self._text[letter].write(data.decode("utf-8", "surrogatepass"))
            elif kind in "bB":
                self._buffer[letter].write(data)
            else:
                self._text[letter].flush()


def operations(records: bytes) -> Iterator[tuple[str, bytes]]:
    """The (kind, data) of whole records."""
    place = 0
    while place < len(records):
        end = place + 5 + int.from_bytes(records[place + 1 : place + 5], "little")
        yield chr(records[place]), records[place + 5 : end]
        place = end


log = OutputLog()


def install() -> None:
    """Puts observed streams in the place of those that Python made. A stream that is closed stays None."""
    types = tuple(_observed_type(layer, plain) for layer, plain in enumerate(_PLAIN))
    for stream, names in enumerate((("stdout", "__stdout__"), ("stderr", "__stderr__"))):
        plain = getattr(sys, names[0])
        if plain is not None:
            observed = _observed(stream, plain, types)
            for name in names:
                setattr(sys, name, observed)


_PLAIN = (io.TextIOWrapper, io.BufferedWriter, io.FileIO)


def _observed_type(layer: int, plain: Any) -> Any:
    """A subclass that shows itself as the type it stands for."""
    name, show = plain.__name__, plain.__repr__

    def shown(self: object) -> str:
        # Versions differ in whether they name the module of a subclass.
        text: str = show(self)
        return "<_io." + text[text.index(name) :]

    names = {"__module__": plain.__module__, "__doc__": plain.__doc__, "__repr__": shown}
    observed = type(name, (plain,), names)
    _flor.replace_stream_methods(layer, observed, plain)
    return observed


def _observed(stream: int, plain: Any, types: tuple[Any, ...]) -> Any:
    """A stream like `plain`, down to the size of its buffer: that for the file which the relay's pipe stands for."""
    text_type, buffer_type, descriptor_type = types
    is_unbuffered = isinstance(plain.buffer, io.FileIO)
    descriptor = descriptor_type(plain.fileno(), "wb", closefd=False)
    descriptor.name = plain.buffer.name
    block_bytes = _flor.stream_block_bytes(stream)
    buffer = descriptor
    if not is_unbuffered:
        buffer = buffer_type(descriptor, block_bytes if block_bytes > 1 else io.DEFAULT_BUFFER_SIZE)
    text = text_type(
        buffer,
        encoding=plain.encoding,
        errors=plain.errors,
        newline="\n",
        line_buffering=plain.line_buffering,
        write_through=plain.write_through,
    )
    text.mode = plain.mode
    _flor.observe_stream(stream, text, buffer, descriptor)
    log.put("tT"[stream], text, buffer)
    return text
