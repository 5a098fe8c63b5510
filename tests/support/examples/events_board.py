"""What happened on the board of the lesson."""

from base64 import b64decode

from protocol import events as e

from .example import Example

CHUNK = (  # one stroke, 3.1
    "eF4FwVEKAiEUBdC93H6v8dSielsRPySHRgoVxyEo2nvnhC9KhsIfLYieHgvUEmmfaxtQTzxLzVD0"
    "pYL4QD2xzTQmNAhvIhKJe3u1AcXBihMvIN4lzxXqTkRvpc4NGqyjOVNorLvQuiuNd/EX/zdrIuc="
)
BOARD = (
    Example(
        "a stroke begun",
        e.StrokeBegun(
            seq=835,
            at=2_700_316,
            member=3,
            shape="3.1",
            page=1,
            kind="pen",
            color="#1c2430",
            width=36,
            start=(0, 9000),
            z=3,
        ),
        (
            '{"type":"board.begun","member":3,"shape":"3.1","page":1,"kind":"pen","color":"#1c2430","width":36,'
            '"start":[0,9000],"z":3,"seq":835,"at":2700316}'
        ),
    ),
    Example(
        "a stroke goes on",
        e.StrokeExtended(836, 2_700_336, "3.1", (12, -5, 0, -127, 128, -32), None),
        '["board.extended",836,2700336,"3.1",[12,-5,0,-127,128,-32]]',
        also=(
            '["board.extended",836,2700336,"3.1",[12,-5,0,-127,128,-32],null]',
            '["board.extended",836,2700336,"3.1",[12,-5,0,-127,128,-32],null,"added in a later version"]',
        ),
    ),
    Example(
        "a stroke goes on under a pen that feels pressure",
        e.StrokeExtended(837, 2_700_356, "2.7", (128, -333), (255,)),
        '["board.extended",837,2700356,"2.7",[128,-333],[255]]',
    ),
    Example(
        "a stroke finished",
        e.StrokeFinished(seq=838, at=2_700_376, shape="3.1"),
        '{"type":"board.finished","shape":"3.1","seq":838,"at":2700376}',
    ),
    Example(
        "another stroke finished",
        e.StrokeFinished(seq=839, at=2_700_400, shape="2.7"),
        '{"type":"board.finished","shape":"2.7","seq":839,"at":2700400}',
    ),
    Example(
        "shapes erased",
        e.ShapesErased(seq=840, at=2_700_401, member=3, shapes=("3.1", "2.7")),
        '{"type":"board.erased","member":3,"shapes":["3.1","2.7"],"seq":840,"at":2700401}',
    ),
    Example(
        "an erasure taken back",
        e.ShapesRestored(
            seq=841,
            at=2_700_402,
            member=3,
            shapes=(
                {
                    "id": "2.7",
                    "page": 1,
                    "author": 2,
                    "kind": "highlighter",
                    "color": "#ffd43b",
                    "width": 260,
                    "start": [100, 200],
                    "z": 2,
                    "points": [5, 5, 129, 128, 128, -333],
                    "pressure": [0, 255, 255],
                },
            ),
            undo=True,
            chunks=((("3.1",), b64decode(CHUNK)),),
        ),
        (
            '{"type":"board.restored","member":3,"shapes":[{"id":"2.7","page":1,"author":2,"kind":"highlighter",'
            '"color":"#ffd43b","width":260,"start":[100,200],"z":2,"points":[5,5,129,128,128,-333],'
            '"pressure":[0,255,255]}],"undo":true,'
            f'"chunks":[[["3.1"],"{CHUNK}"]],"seq":841,"at":2700402}}'
        ),
    ),
    Example(
        "a student's step taken back by staff",
        e.ShapesErased(seq=842, at=2_700_403, member=1, shapes=("2.7",), undo=True, author=2),
        '{"type":"board.erased","member":1,"shapes":["2.7"],"undo":true,"author":2,"seq":842,"at":2700403}',
    ),
    Example(
        "a student's step done again by staff",
        e.ShapesRestored(
            seq=843,
            at=2_700_404,
            member=1,
            shapes=(
                {
                    "id": "2.7",
                    "page": 1,
                    "author": 2,
                    "kind": "highlighter",
                    "color": "#ffd43b",
                    "width": 260,
                    "start": [100, 200],
                    "z": 2,
                    "points": [5, 5, 129, 128, 128, -333],
                    "pressure": [0, 255, 255],
                },
            ),
            redo=True,
            author=2,
        ),
        (
            '{"type":"board.restored","member":1,"shapes":[{"id":"2.7","page":1,"author":2,"kind":"highlighter",'
            '"color":"#ffd43b","width":260,"start":[100,200],"z":2,"points":[5,5,129,128,128,-333],"pressure":[0,'
            '255,255]}],"redo":true,"author":2,"seq":843,"at":2700404}'
        ),
    ),
    Example(
        "one student's ink wiped off a page",
        e.PageCleared(seq=844, at=2_700_405, member=1, page=1, whose=2),
        '{"type":"board.cleared","member":1,"page":1,"whose":2,"seq":844,"at":2700405}',
    ),
    Example(
        "a page wiped clean",
        e.PageCleared(seq=845, at=2_700_406, member=1, page=1, whose="all"),
        '{"type":"board.cleared","member":1,"page":1,"whose":"all","seq":845,"at":2700406}',
    ),
    Example(
        "a formula put there",
        e.ShapePut(
            seq=846,
            at=2_700_407,
            member=3,
            body={
                "id": "3.7",
                "page": 1,
                "author": 3,
                "kind": "formula",
                "z": 4,
                "start": [400, 1200],
                "color": "#1c2430",
                "size": [2400, 960],
                "latex": "\\frac{1}{2}",
            },
        ),
        (
            '{"type":"board.put","member":3,"body":{"id":"3.7","page":1,"author":3,"kind":"formula","z":4,'
            '"start":[400,1200],"color":"#1c2430","size":[2400,960],"latex":"\\\\frac{1}{2}"},"seq":846,'
            '"at":2700407}'
        ),
    ),
    Example(
        "a dot put there",
        e.ShapePut(
            seq=847,
            at=2_700_408,
            member=3,
            body={
                "id": "3.8",
                "page": 1,
                "author": 3,
                "kind": "pen",
                "z": 5,
                "start": [0, 0],
                "color": "#1c2430",
                "width": 1,
                "points": [],
            },
        ),
        (
            '{"type":"board.put","member":3,"body":{"id":"3.8","page":1,"author":3,"kind":"pen","z":5,"start":[0,'
            '0],"color":"#1c2430","width":1,"points":[]},"seq":847,"at":2700408}'
        ),
    ),
    Example(
        "a whole stroke put there",
        e.ShapePut(
            seq=848,
            at=2_700_409,
            member=3,
            body={
                "id": "3.9",
                "page": 1,
                "author": 3,
                "kind": "pen",
                "z": 6,
                "start": [0, 9000],
                "color": "#1c2430",
                "width": 36,
                "points": [12, -5, 0, -127, 128, -32],
            },
        ),
        (
            '{"type":"board.put","member":3,"body":{"id":"3.9","page":1,"author":3,"kind":"pen","z":6,"start":[0,'
            '9000],"color":"#1c2430","width":36,"points":[12,-5,0,-127,128,-32]},"seq":848,"at":2700409}'
        ),
    ),
    Example(
        "a shape moved and turned",
        e.ShapesChanged(seq=849, at=2_700_410, member=3, set={"3.7": {"start": [-100, 18_000], "turn": 3_599}}),
        ('{"type":"board.changed","member":3,"set":{"3.7":{"start":[-100,18000],"turn":3599}},"seq":849,"at":2700410}'),
    ),
    Example(
        "a change taken back by staff",
        e.ShapesChanged(
            seq=850, at=2_700_411, member=1, set={"3.7": {"start": [400, 1200], "turn": 0}}, undo=True, author=3
        ),
        (
            '{"type":"board.changed","member":1,"set":{"3.7":{"start":[400,1200],"turn":0}},"undo":true,"author":3,'
            '"seq":850,"at":2700411}'
        ),
    ),
    Example(
        "shapes laid below all others",
        e.ShapesChanged(seq=851, at=2_700_412, member=3, set={"3.7": {"z": -2}, "3.8": {"z": -1}}),
        '{"type":"board.changed","member":3,"set":{"3.7":{"z":-2},"3.8":{"z":-1}},"seq":851,"at":2700412}',
    ),
    Example(
        "strokes cut by an area eraser",
        e.ShapesCut(seq=852, at=2_700_413, member=3, cuts={"3.9": (("3.9.1", 0, 150), ("3.9.2", 250, 300)), "3.8": ()}),
        (
            '{"type":"board.cut","member":3,"cuts":{"3.9":[["3.9.1",0,150],["3.9.2",250,300]],"3.8":[]},"seq":852,'
            '"at":2700413}'
        ),
    ),
    Example(
        "a cut taken back",
        e.ShapesRestored(
            seq=853,
            at=2_700_414,
            member=3,
            shapes=(
                {
                    "id": "3.9",
                    "page": 1,
                    "author": 3,
                    "kind": "pen",
                    "z": 6,
                    "start": [0, 9000],
                    "color": "#1c2430",
                    "width": 36,
                    "points": [12, -5, 0, -127, 128, -32],
                },
                {
                    "id": "3.8",
                    "page": 1,
                    "author": 3,
                    "kind": "pen",
                    "z": -1,
                    "start": [0, 0],
                    "color": "#1c2430",
                    "width": 1,
                    "points": [],
                },
            ),
            gone=("3.9.1", "3.9.2"),
            undo=True,
        ),
        (
            '{"type":"board.restored","member":3,"shapes":[{"id":"3.9","page":1,"author":3,"kind":"pen","z":6,'
            '"start":[0,9000],"color":"#1c2430","width":36,"points":[12,-5,0,-127,128,-32]},{"id":"3.8","page":1,'
            '"author":3,"kind":"pen","z":-1,"start":[0,0],"color":"#1c2430","width":1,"points":[]}],'
            '"gone":["3.9.1","3.9.2"],"undo":true,"seq":853,"at":2700414}'
        ),
    ),
    Example(
        "a student's shape shown to all",
        e.ShapesCopied(
            seq=854,
            at=2_700_415,
            member=1,
            sources=("3.7",),
            by=(0, 0),
            shapes=(
                {
                    "id": "1.4",
                    "page": 2,
                    "author": 3,
                    "kind": "formula",
                    "z": 7,
                    "start": [400, 1200],
                    "color": "#1c2430",
                    "size": [2400, 960],
                    "latex": "\\frac{1}{2}",
                },
            ),
        ),
        (
            '{"type":"board.copied","member":1,"sources":["3.7"],"by":[0,0],"shapes":[{"id":"1.4","page":2,"author":3,'
            '"kind":"formula","z":7,"start":[400,1200],"color":"#1c2430","size":[2400,960],'
            '"latex":"\\\\frac{1}{2}"}],"seq":854,"at":2700415}'
        ),
    ),
    Example(
        "a page added",
        e.PageAdded(seq=855, at=2_700_416, member=1, page=3, after=1, background="grid"),
        '{"type":"page.added","member":1,"page":3,"after":1,"background":"grid","seq":855,"at":2700416}',
    ),
    Example(
        "a page turned",
        e.PageTurned(seq=856, at=2_700_417, member=1, page=3),
        '{"type":"page.turned","member":1,"page":3,"seq":856,"at":2700417}',
    ),
    Example(
        "a page removed",
        e.PageRemoved(seq=857, at=2_700_418, member=1, page=2),
        '{"type":"page.removed","member":1,"page":2,"seq":857,"at":2700418}',
    ),
    Example(
        "a page locked",
        e.PageLocked(seq=858, at=2_700_419, member=1, page=3, on=True),
        '{"type":"page.locked","member":1,"page":3,"on":true,"seq":858,"at":2700419}',
    ),
    Example(
        "a slide added",
        e.PageAdded(seq=859, at=2_700_420, member=1, page=4, after=3, background="0123456789abcdef0123456789abcdef"),
        (
            '{"type":"page.added","member":1,"page":4,"after":3,"background":"0123456789abcdef0123456789abcdef",'
            '"seq":859,"at":2700420}'
        ),
    ),
    Example(
        "a page put before another",
        e.PageMoved(seq=860, at=2_700_421, member=1, page=4, before=1),
        '{"type":"page.moved","member":1,"page":4,"before":1,"seq":860,"at":2700421}',
    ),
    Example(
        "a page put behind all",
        e.PageMoved(seq=861, at=2_700_422, member=1, page=1, before=None),
        '{"type":"page.moved","member":1,"page":1,"before":null,"seq":861,"at":2700422}',
    ),
    Example(
        "a page on ruled paper",
        e.PageChanged(seq=862, at=2_700_423, member=1, page=1, background="ruled"),
        '{"type":"page.changed","member":1,"page":1,"background":"ruled","seq":862,"at":2700423}',
    ),
    Example(
        "a page of one's own",
        e.PageAdded(seq=863, at=2_700_424, member=3, page=5, after=1, background="blank", owner=3),
        ('{"type":"page.added","member":3,"page":5,"after":1,"background":"blank","owner":3,"seq":863,"at":2700424}'),
    ),
    Example(
        "the board locked",
        e.BoardLocked(seq=864, at=2_700_425, member=1, on=True),
        '{"type":"board.locked","member":1,"on":true,"seq":864,"at":2700425}',
    ),
    Example(
        "everybody may look at any page",
        e.BoardFreed(seq=865, at=2_700_426, member=1, on=True),
        '{"type":"board.freed","member":1,"on":true,"seq":865,"at":2700426}',
    ),
    Example(
        "every common page wiped clean",
        e.PageCleared(seq=866, at=2_700_427, member=1, page=None, whose="all"),
        '{"type":"board.cleared","member":1,"page":null,"whose":"all","seq":866,"at":2700427}',
    ),
)
