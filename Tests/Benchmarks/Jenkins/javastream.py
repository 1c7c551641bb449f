"""Java object streams, as far as the benchmark's controller needs them: it writes requests and reads answers."""
import struct

STRINGS = -5921575005990323385
BYTES = -5984413125824719648


class Layout:
    """A class: fields are (type, name) pairs."""

    def __init__(self, name, suid=1, fields=(), parent=None, custom=False):
        self.name, self.suid, self.fields, self.parent, self.custom = name, suid, fields, parent, custom


class Instance:
    """An object to write: the values of its fields, and what its writeObject writes beside them."""

    def __init__(self, layout, custom=(), **values):
        self.layout, self.values, self.custom = layout, values, custom


class Block(bytes):
    """Bytes that a writeObject writes."""


def instance(name, suid=1, custom=None, **fields):
    """An object of a class whose fields are given as name=(type, value)."""
    layout = Layout(name, suid, [(kind, field) for field, (kind, _) in fields.items()], custom=custom is not None)
    return Instance(layout, custom or (), **{field: value for field, (_, value) in fields.items()})


def array_list(items):
    return instance("java.util.ArrayList", 8683452581122892189, [Block(struct.pack(">i", len(items))), *items],
                    size=("I", len(items)))


def hash_map(entries):
    content = [Block(struct.pack(">ii", 16, len(entries)))] + [one for pair in entries.items() for one in pair]
    return instance("java.util.HashMap", 362498820763181265, content, loadFactor=("F", 0.75), threshold=("I", 12))


def utf(text):
    text = text.encode()
    return struct.pack(">H", len(text)) + text


def write_class(layout):
    if layout is None:
        return b"p"
    fields = sorted(layout.fields, key=lambda field: (field[0][0] in "L[", field[1]))
    written = b"r" + utf(layout.name) + struct.pack(">qBH", layout.suid, 3 if layout.custom else 2, len(fields))
    for kind, name in fields:
        written += kind[0].encode() + utf(name) + (b"t" + utf(kind) if kind[0] in "L[" else b"")
    return written + b"x" + write_class(layout.parent)


def write_value(value):
    if value is None:
        return b"p"
    if isinstance(value, Block):
        return b"w" + struct.pack("B", len(value)) + value
    if isinstance(value, bytes):
        return b"u" + write_class(Layout("[B", BYTES)) + struct.pack(">i", len(value)) + value
    if isinstance(value, str):
        return b"t" + utf(value) if len(value.encode()) < 65536 else b"|" + struct.pack(">q", len(value.encode())) + value.encode()
    if isinstance(value, list):
        head = b"u" + write_class(Layout("[Ljava.lang.String;", STRINGS)) + struct.pack(">i", len(value))
        return head + b"".join(write_value(item) for item in value)
    if isinstance(value, tuple):
        constant = Layout("java.lang.Enum", 0)
        layout = b"r" + utf(value[0]) + struct.pack(">qBH", 0, 0x12, 0) + b"x" + b"r" + utf(constant.name)
        return b"~" + layout + struct.pack(">qBH", 0, 0x12, 0) + b"xp" + write_value(value[1])
    written = b"s" + write_class(value.layout)
    hierarchy = []
    layout = value.layout
    while layout:
        hierarchy.insert(0, layout)
        layout = layout.parent
    for layout in hierarchy:
        for kind, name in sorted(layout.fields, key=lambda field: (field[0][0] in "L[", field[1])):
            given = value.values.get(name)
            if kind[0] in "L[":
                written += write_value(given)
            else:
                written += struct.pack({"I": ">i", "J": ">q", "Z": ">?", "F": ">f"}[kind], given or 0)
        if layout.custom:
            written += b"".join(write_value(item) for item in value.custom) + b"x"
    return written


def write(value):
    return b"\xac\xed\x00\x05" + write_value(value)


class Reader:
    """Reads a stream: objects become dictionaries with their class's name under ''."""

    def __init__(self, data):
        self.data, self.at, self.handles = data, 4, []

    def unpack(self, form):
        values = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return values[0] if len(values) == 1 else values

    def take(self, count):
        self.at += count
        return self.data[self.at - count:self.at]

    def text(self, form=">H"):
        return self.take(self.unpack(form)).decode(errors="replace")

    def keep(self, value):
        self.handles.append(value)
        return value

    def value(self):
        code = self.take(1)
        if code == b"p":
            return None
        if code == b"q":
            return self.handles[self.unpack(">I") - 0x7E0000]
        if code in b"t|":
            return self.keep(self.text(">H" if code == b"t" else ">q"))
        if code == b"w":
            return Block(self.take(self.unpack("B")))
        if code == b"z":
            return Block(self.take(self.unpack(">i")))
        if code in (b"r", b"}"):
            return self.class_description(code)
        if code == b"u":
            layout = self.value()
            place = len(self.handles)
            self.handles.append(None)
            count = self.unpack(">i")
            element = layout.name[1]
            if element == "B":
                items = bytes(self.take(count))
            else:
                items = [self.field(element) for _ in range(count)]
            self.handles[place] = items
            return items
        if code == b"~":
            self.value()
            place = len(self.handles)
            self.handles.append(None)
            self.handles[place] = self.value()
            return self.handles[place]
        assert code == b"s", "the agent sends %r at %d" % (code, self.at)
        layout = self.value()
        result = self.keep({"": layout.name})
        hierarchy = []
        while layout:
            hierarchy.insert(0, layout)
            layout = layout.parent
        for layout in hierarchy:
            for kind, name in layout.fields:
                result[name] = self.field(kind[0])
            if layout.custom:
                content = []
                while self.data[self.at:self.at + 1] != b"x":
                    content.append(self.value())
                self.at += 1
                result["+" + layout.name] = content
        return result

    def field(self, kind):
        forms = {"I": ">i", "J": ">q", "Z": ">?", "B": ">b", "C": ">H", "S": ">h", "F": ">f", "D": ">d"}
        return self.unpack(forms[kind]) if kind in forms else self.value()

    def class_description(self, code):
        if code == b"}":
            layout = self.keep(Layout("proxy", custom=False))
            for _ in range(self.unpack(">i")):
                self.text()
        else:
            name = self.text()
            layout = Layout(name)
            layout.suid = self.unpack(">q")
            self.keep(layout)
            layout.custom = bool(self.unpack("B") & 1)
            layout.fields = []
            for _ in range(self.unpack(">H")):
                kind, name = chr(self.unpack("B")), self.text()
                layout.fields.append((self.value() if kind in "L[" else kind, name))
        assert self.take(1) == b"x"
        layout.parent = self.value()
        return layout


def read(data):
    return Reader(data).value()
