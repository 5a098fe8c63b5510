/**
 * The wire in JSDoc types, as far as this client uses it.  The truth is docs/protocol.md.
 *
 * @typedef {"teacher"|"assistant"|"student"|"observer"|"classroom"} Role
 * @typedef {"chat"|"draw"|"speak"|"camera"|"screen"} Right
 * @typedef {"microphone"|"camera"|"screen"|"screen_audio"} Source
 * @typedef {"microphone"|"camera"|"screen"} MuteKind
 * @typedef {"off"|"low"|"medium"|"high"} Layer   of a picture that is sent in several sizes
 * @typedef {"pen"|"highlighter"} StrokeKind
 *
 * @typedef {object} Member
 * @property {number} member
 * @property {string} name
 * @property {Role} role
 * @property {string} [school]
 * @property {Right[]} can
 * @property {MuteKind[]} muted  what only staff can open again
 * @property {boolean} away      the line is lost, the place is kept
 * @property {number} [heads]    pupils before a classroom's device, as it was said
 * @property {boolean} device    a camera or a screen, with nobody at it
 *
 * @typedef {{seq: number, at: number, member: number, text: string, to: "all"|"staff"|number}} ChatLine
 * @typedef {{name: string, role: Role}} Person
 * @typedef {{track: string, member: number, source: Source, layers: Layer[], muted: boolean}} Track
 * @typedef {{score: number, member?: number}} Evaluated
 *
 * @typedef {"pen"|"highlighter"|"line"|"arrow"|"polygon"|"rectangle"|"ellipse"|"image"|"formula"|"text"} ShapeKind
 *
 * @typedef {object} Shape              a whole shape; what a kind does not have, or has at its default, is left out
 * @property {string} id                "<member>.<n>", of a piece "<member>.<n>.<p>"
 * @property {number} page
 * @property {number} author            who drew it
 * @property {ShapeKind} kind
 * @property {number} z                 place in the drawing order of the whole board; the pieces of a stroke share theirs
 * @property {[number, number]} start
 * @property {string} [color]
 * @property {number} [width]
 * @property {number[]} [points]        strokes and paths: flat dx, dy from the point before
 * @property {number[]} [pressure]      pen: 0..255, one a delta
 * @property {[number, number]} [from]  pieces: where the first point lies, seen from `start`
 * @property {true} [open]              still being drawn
 * @property {[number, number]} [scale] strokes and paths: thousandths
 * @property {number} [turn]            tenths of a degree, clockwise, about `start`
 * @property {string} [fill]
 * @property {[number, number]} [size]  boxes
 * @property {string} [text]
 * @property {"sans"|"serif"|"mono"} [font]
 * @property {number} [height]          of a text's font
 * @property {string} [latex]
 * @property {string} [asset]
 *
 * @typedef {{page: number, background: string, locked: boolean, owner?: number, shapes: Shape[], chunks: number}} PageBody
 *   `shapes`: strokes still being drawn; the rest comes in `chunks` notices
 * @typedef {{current: number, free: boolean, locked: boolean, pages: PageBody[]}} BoardBody
 *
 * @typedef {object} BoardHost          who shows a board: a lesson (classroom.js) or a replay
 * @property {import("./board/model.js").Board} board
 * @property {import("./state.js").RoomState} state
 * @property {number} shown             the page that is looked at here
 * @property {import("./board/assets.js").Assets} assets
 * @property {import("./board/ink.js").Ink} [ink]       one's own ink on its way
 * @property {import("./board/edits.js").Edits} [edits] one's own changes on their way
 * @property {(topic: any, watcher: (detail: any) => void) => () => void} on
 *   `damage` {Damage}, `pointer` and `view` (the signals), `look`: another page is shown
 * @property {(topic: any, detail?: any) => void} emit
 *
 * @typedef {object} RoomBody           `room` of `welcome` and `snapshot`
 * @property {string} id
 * @property {string} form
 * @property {string} subject
 * @property {string} topic
 * @property {"waiting"|"live"|"closed"} state
 * @property {number} opened_at_ms
 * @property {{in_ms: number, reason: string}} [ends]
 * @property {Partial<Member>[]} members
 * @property {number[]} hands
 * @property {number[]} stage
 * @property {(Partial<Person> & ChatLine)[]} chat   with its author, who may have left
 * @property {Partial<Track>[]} tracks
 * @property {boolean} [locked]
 * @property {boolean} [recording]
 * @property {{reason: string, ends_in_ms?: number}} [paused]   no teacher is here
 * @property {(Partial<Person> & ChatLine)[]} [held]   lines held back
 * @property {{kind: string, at: number, member?: number}[]} [alarms]
 * @property {string} [closed_reason]
 * @property {any} [poll]         asking.js
 * @property {any} [checkin]
 * @property {import("./asking.js").Comment[]} [comments]
 * @property {Record<string, any>} [lobby]   of a lobby
 * @property {{live_at?: number, gone?: (Person & {member: number})[], lines?: number}} [past]   what was before
 *
 * @typedef {{type: string, [field: string]: any}} Message   anything from the server; arrays are read into this form too
 * @typedef {{ok: true, sdp?: string} | {ok: false, code: string, message?: string, rule?: string, retry_in_s?: number, until_ms?: number, room?: string}} Answer
 */
export {};
