"""What clients say about the board."""

from protocol import commands as c

from .example import Example

BOARD = (
    Example(
        "a stroke begun with the pen",
        c.BeginStroke(id=127, shape="3.1", page=1, kind="pen", color="#1c2430", width=36, at=(0, 9000)),
        (
            '{"type":"board.begin","shape":"3.1","page":1,"kind":"pen","color":"#1c2430","width":36,"at":[0,9000],'
            '"id":127}'
        ),
    ),
    Example(
        "a stroke begun with the highlighter, at the bounds",
        c.BeginStroke(
            id=128,
            shape="1000000.9999999999",
            page=1_000_000,
            kind="highlighter",
            color="#ffd43b",
            width=400,
            at=(-16_000, 16_000),
        ),
        (
            '{"type":"board.begin","shape":"1000000.9999999999","page":1000000,"kind":"highlighter",'
            '"color":"#ffd43b","width":400,"at":[-16000,16000],"id":128}'
        ),
    ),
    Example(
        "a stroke goes on",
        c.ExtendStroke(255, "3.1", (12, -5, 0, -127, 128, -32), None),
        '["board.extend",255,"3.1",[12,-5,0,-127,128,-32]]',
        also=(
            '["board.extend",255,"3.1",[12,-5,0,-127,128,-32]]',
            '[ "board.extend", 255, "3.1", [12,-5, 0,-127, 128,-32], null ]',
        ),
    ),
    Example(
        "a stroke goes on under a pen that feels pressure",
        c.ExtendStroke(256, "3.1", (-16_000, 16_000, -32, -33, 128, 256), (0, 128, 255)),
        '["board.extend",256,"3.1",[-16000,16000,-32,-33,128,256],[0,128,255]]',
    ),
    Example(
        "a stroke finished", c.FinishStroke(id=65_535, shape="3.1"), '{"type":"board.finish","shape":"3.1","id":65535}'
    ),
    Example(
        "a line put there",
        c.PutShape(
            id=65_600, shape="3.2", page=1, kind="line", start=(0, 0), color="#1c2430", width=36, points=(16_000, 9_000)
        ),
        (
            '{"type":"board.put","shape":"3.2","page":1,"kind":"line","start":[0,0],"color":"#1c2430","width":36,'
            '"points":[16000,9000],"id":65600}'
        ),
    ),
    Example(
        "a polygon put there, filled, stretched and turned",
        c.PutShape(
            id=65_601,
            shape="3.3",
            page=1,
            kind="polygon",
            start=(-16_000, 18_000),
            color="#1c2430",
            width=1,
            fill="#ffd43b",
            points=(100, 0, 0, 100),
            scale=(10, 100_000),
            turn=3_599,
        ),
        (
            '{"type":"board.put","shape":"3.3","page":1,"kind":"polygon","start":[-16000,18000],"color":"#1c2430",'
            '"width":1,"fill":"#ffd43b","points":[100,0,0,100],"scale":[10,100000],"turn":3599,"id":65601}'
        ),
    ),
    Example(
        "an ellipse put there, filled with nothing",
        c.PutShape(
            id=65_602,
            shape="3.4",
            page=1,
            kind="ellipse",
            start=(8000, 4500),
            color="#e03131",
            width=24,
            fill="",
            size=(1, 16_000),
        ),
        (
            '{"type":"board.put","shape":"3.4","page":1,"kind":"ellipse","start":[8000,4500],"color":"#e03131",'
            '"width":24,"fill":"","size":[1,16000],"id":65602}'
        ),
    ),
    Example(
        "a whole stroke put there",
        c.PutShape(
            id=65_603,
            shape="3.5",
            page=1,
            kind="pen",
            start=(100, 200),
            color="#1c2430",
            width=36,
            points=(5, 5, -129, 128),
            pressure=(0, 255),
        ),
        (
            '{"type":"board.put","shape":"3.5","page":1,"kind":"pen","start":[100,200],"color":"#1c2430",'
            '"width":36,"points":[5,5,-129,128],"pressure":[0,255],"id":65603}'
        ),
    ),
    Example(
        "a text put there",
        c.PutShape(
            id=65_604,
            shape="3.6",
            page=1,
            kind="text",
            start=(400, 300),
            color="#1c2430",
            text="分数的加减\n½ + ⅓",
            font="sans",
            height=480,
        ),
        (
            '{"type":"board.put","shape":"3.6","page":1,"kind":"text","start":[400,300],"color":"#1c2430",'
            '"text":"分数的加减\\n½ + ⅓","font":"sans","height":480,"id":65604}'
        ),
    ),
    Example(
        "a formula put there",
        c.PutShape(
            id=65_605,
            shape="3.7",
            page=1,
            kind="formula",
            start=(400, 1200),
            color="#1c2430",
            size=(2400, 960),
            latex="\\frac{1}{2}",
        ),
        (
            '{"type":"board.put","shape":"3.7","page":1,"kind":"formula","start":[400,1200],"color":"#1c2430",'
            '"size":[2400,960],"latex":"\\\\frac{1}{2}","id":65605}'
        ),
    ),
    Example(
        "a picture put there",
        c.PutShape(
            id=65_606,
            shape="3.8",
            page=1,
            kind="image",
            start=(400, 2400),
            size=(6400, 4800),
            asset="0123456789abcdef0123456789abcdef",
        ),
        (
            '{"type":"board.put","shape":"3.8","page":1,"kind":"image","start":[400,2400],"size":[6400,4800],'
            '"asset":"0123456789abcdef0123456789abcdef","id":65606}'
        ),
    ),
    Example(
        "a shape moved",
        c.ChangeShapes(id=65_607, set={"3.2": c.ShapeSet(start=(-32_000, 32_000))}),
        '{"type":"board.change","set":{"3.2":{"start":[-32000,32000]}},"id":65607}',
    ),
    Example(
        "shapes changed in everything that can be",
        c.ChangeShapes(
            id=65_608,
            set={
                "3.3": c.ShapeSet(color="#e03131", width=400, fill="", scale=(2000, 500), turn=900),
                "3.4": c.ShapeSet(size=(1200, 800)),
                "3.6": c.ShapeSet(text="½", font="serif", height=60),
                "3.7": c.ShapeSet(latex="x^2"),
                "2.7.1": c.ShapeSet(turn=0),
            },
        ),
        (
            '{"type":"board.change","set":{"3.3":{"color":"#e03131","width":400,"fill":"","scale":[2000,500],'
            '"turn":900},"3.4":{"size":[1200,800]},"3.6":{"text":"½","font":"serif","height":60},'
            '"3.7":{"latex":"x^2"},"2.7.1":{"turn":0}},"id":65608}'
        ),
    ),
    Example(
        "shapes laid above all others",
        c.OrderShapes(id=65_609, shapes=("3.2", "2.7.1"), to="front"),
        '{"type":"board.order","shapes":["3.2","2.7.1"],"to":"front","id":65609}',
    ),
    Example(
        "a shape laid below all others",
        c.OrderShapes(id=65_610, shapes=("3.2",), to="back"),
        '{"type":"board.order","shapes":["3.2"],"to":"back","id":65610}',
    ),
    Example(
        "strokes cut by an area eraser",
        c.CutShapes(id=65_611, cuts={"3.1": ((0, 150), (250, 300)), "2.7.1": (), "2.8": ((400_000, 400_000),)}),
        '{"type":"board.cut","cuts":{"3.1":[[0,150],[250,300]],"2.7.1":[],"2.8":[[400000,400000]]},"id":65611}',
    ),
    Example(
        "shapes copied to another page",
        c.CopyShapes(id=65_612, shapes=("3.2", "3.3"), page=2, by=(400, -400), first=9),
        '{"type":"board.copy","shapes":["3.2","3.3"],"page":2,"by":[400,-400],"first":9,"id":65612}',
    ),
    Example(
        "shapes erased",
        c.EraseShapes(id=65_536, shapes=("3.1", "2.7")),
        '{"type":"board.erase","shapes":["3.1","2.7"],"id":65536}',
    ),
    Example(
        "one's own ink wiped off a page",
        c.ClearPage(id=65_537, page=1),
        '{"type":"board.clear","page":1,"id":65537}',
        also=('{"type":"board.clear","id":65537,"page":1,"whose":"mine"}',),
    ),
    Example(
        "a page wiped clean",
        c.ClearPage(id=65_538, page=2, whose="all"),
        '{"type":"board.clear","page":2,"whose":"all","id":65538}',
    ),
    Example(
        "one student's ink wiped off a page",
        c.ClearPage(id=65_539, page=2, whose=3),
        '{"type":"board.clear","page":2,"whose":3,"id":65539}',
    ),
    Example(
        "one's own ink wiped off every page",
        c.ClearPage(id=65_613),
        '{"type":"board.clear","id":65613}',
        also=('{"type":"board.clear","id":65613,"page":null,"whose":"mine"}',),
    ),
    Example(
        "one's own last step taken back",
        c.Undo(id=65_540),
        '{"type":"board.undo","id":65540}',
        also=('{"type":"board.undo","id":65540,"member":null}',),
    ),
    Example(
        "a student's last step taken back by staff",
        c.Undo(id=65_541, member=3),
        '{"type":"board.undo","member":3,"id":65541}',
    ),
    Example("one's own step done again", c.Redo(id=65_542), '{"type":"board.redo","id":65542}'),
    Example(
        "a student's step done again by staff",
        c.Redo(id=65_543, member=3),
        '{"type":"board.redo","member":3,"id":65543}',
    ),
    Example(
        "a page added at the end",
        c.AddPage(id=65_544),
        '{"type":"page.add","id":65544}',
        also=('{"type":"page.add","id":65544,"after":null,"background":"blank","scratch":false}',),
    ),
    Example(
        "a page added behind another",
        c.AddPage(id=65_545, after=1, background="grid"),
        '{"type":"page.add","after":1,"background":"grid","id":65545}',
    ),
    Example(
        "a slide added",
        c.AddPage(id=65_614, background="0123456789abcdef0123456789abcdef"),
        '{"type":"page.add","background":"0123456789abcdef0123456789abcdef","id":65614}',
    ),
    Example("a page of one's own", c.AddPage(id=65_615, scratch=True), '{"type":"page.add","scratch":true,"id":65615}'),
    Example(
        "a page put before another",
        c.MovePage(id=65_616, page=3, before=1),
        '{"type":"page.move","page":3,"before":1,"id":65616}',
    ),
    Example(
        "a page put behind all",
        c.MovePage(id=65_617, page=1),
        '{"type":"page.move","page":1,"id":65617}',
        also=('{"type":"page.move","id":65617,"page":1,"before":null}',),
    ),
    Example(
        "a page on squared paper",
        c.ChangePage(id=65_618, page=1, background="grid"),
        '{"type":"page.change","page":1,"background":"grid","id":65618}',
    ),
    Example("the board locked", c.LockBoard(id=65_619, on=True), '{"type":"board.lock","on":true,"id":65619}'),
    Example(
        "everybody may look at any page", c.FreeBoard(id=65_620, on=True), '{"type":"board.free","on":true,"id":65620}'
    ),
    Example("a page turned", c.TurnPage(id=65_546, page=2), '{"type":"page.turn","page":2,"id":65546}'),
    Example("a page removed", c.RemovePage(id=65_547, page=2), '{"type":"page.remove","page":2,"id":65547}'),
    Example(
        "a page locked", c.LockPage(id=65_548, page=1, on=True), '{"type":"page.lock","page":1,"on":true,"id":65548}'
    ),
)
