/**
 * The wire in JSDoc types, as far as this client uses it.  The truth is docs/protocol.md.
 *
 * @typedef {"teacher"|"assistant"|"student"|"observer"|"classroom"} Role
 * @typedef {"chat"|"draw"|"speak"|"camera"|"screen"} Right
 * @typedef {"microphone"|"camera"|"screen"|"screen_audio"} Source
 * @typedef {"microphone"|"camera"|"screen"} MuteKind
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
 *
 * @typedef {{seq: number, at: number, member: number, text: string, to: "all"|"staff"|number}} ChatLine
 * @typedef {{name: string, role: Role}} Person
 * @typedef {{track: string, member: number, source: Source, layers: string[], muted: boolean}} Track
 * @typedef {{score: number, member?: number}} Evaluated
 *
 * @typedef {object} ShapeBody          a whole shape, in snapshots and in `board.restored`
 * @property {string} id
 * @property {number} page
 * @property {number} author
 * @property {StrokeKind} kind
 * @property {string} color
 * @property {number} width
 * @property {[number, number]} start
 * @property {number} z                 place in the drawing order of the whole board
 * @property {boolean} finished
 * @property {number[]} points          flat dx, dy from the point before
 * @property {number[]|null} pressure   0..255, one a point
 *
 * @typedef {{page: number, background: string, locked: boolean, shapes: ShapeBody[]}} PageBody
 * @typedef {{current: number, drawn: number, pages: PageBody[]}} BoardBody
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
 * @property {string} [closed_reason]
 *
 * @typedef {{type: string, [field: string]: any}} Message   anything from the server; arrays are read into this form too
 * @typedef {{ok: true, sdp?: string} | {ok: false, code: string, message?: string, rule?: string, retry_in_s?: number}} Answer
 */
export {};
