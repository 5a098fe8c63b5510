/**
 * What the class is asked, as this member may see it: polls, check-ins, and the comments of observers.
 * Pure, a part of the fold in state.js.
 */

/**
 * @typedef {object} Poll                 the newest, open or closed
 * @property {number} poll
 * @property {number} member              who asks
 * @property {number} at
 * @property {string} question
 * @property {readonly string[]} options
 * @property {number|null} answer         the place of the right one, as far as it is told
 * @property {number|null} seconds
 * @property {ReadonlyMap<number, number>} votes   member -> choice: everybody's for staff, else one's own
 * @property {boolean} closed
 * @property {readonly number[]} counts   how many chose each option, once it is closed
 *
 * @typedef {object} Checkin              the newest, open or closed
 * @property {number} checkin
 * @property {number} member
 * @property {number} at
 * @property {number} seconds
 * @property {readonly number[]} answered   everybody who did for staff, else oneself
 * @property {boolean} closed
 * @property {readonly number[]} missing    for staff, once it is closed
 *
 * @typedef {{seq: number, at: number, member: number, name: string, text: string}} Comment
 * @typedef {{poll: Poll|null, checkin: Checkin|null, comments: readonly Comment[]|null}} Asked   `comments` null: none are taken, or not for these eyes
 */

const COMMENTS_KEPT = 500; // on the page; the server's welcome brings 50

/** @type {Asked} */
export const NOTHING_ASKED = { poll: null, checkin: null, comments: null };

/** @param {any} body @returns {Poll} */
const pollOf = ({ poll, member, at, question, options, answer = null, seconds = null, votes = [], closed = false, counts = [] }) => ({ poll, member, at, question, options, answer, seconds, votes: new Map(votes), closed, counts });

/** @param {any} body @returns {Checkin} */
const checkinOf = ({ checkin, member, at, seconds, answered = [], closed = false, missing = [] }) => ({ checkin, member, at, seconds, answered, closed, missing });

/** Of a snapshot.  @param {import("./types.js").RoomBody} room @returns {Asked} */
export const asked = ({ poll, checkin, comments }) => ({ poll: poll ? pollOf(poll) : null, checkin: checkin ? checkinOf(checkin) : null, comments: comments ?? null });

/** How many chose each option, as far as it is known.  @param {Poll} poll @returns {readonly number[]} */
export function counted({ options, votes, closed, counts }) {
  if (closed) return counts;
  const chosen = [...votes.values()];
  return options.map((_, place) => chosen.filter((choice) => choice === place).length);
}

/** When it closes by itself (`at`), or null.  @param {{at: number, seconds: number|null}} asked */
export const closesAt = ({ at, seconds }) => (seconds === null ? null : at + seconds * 1_000);

/** @template {Asked} S @param {S} state @param {number} number @param {(poll: Poll) => Partial<Poll>} change @returns {S} */
const polled = (state, number, change) => (state.poll?.poll === number ? { ...state, poll: { ...state.poll, ...change(state.poll) } } : state);

/** @template {Asked} S @param {S} state @param {number} number @param {(checkin: Checkin) => Partial<Checkin>} change @returns {S} */
const checked = (state, number, change) => (state.checkin?.checkin === number ? { ...state, checkin: { ...state.checkin, ...change(state.checkin) } } : state);

/** @type {Record<string, (state: any, event: any) => any>} */
export const ASKING = {
  "poll.opened": (state, event) => ({ ...state, poll: pollOf(event) }),
  "poll.voted": (state, { poll, member, choice }) => polled(state, poll, ({ votes }) => ({ votes: new Map(votes).set(member, choice) })),
  "poll.closed": (state, { poll, counts, answer = null }) => polled(state, poll, () => ({ closed: true, counts, answer })),
  "checkin.opened": (state, event) => ({ ...state, checkin: checkinOf(event) }),
  "checkin.answered": (state, { checkin, member }) => checked(state, checkin, ({ answered }) => ({ answered: answered.includes(member) ? answered : [...answered, member] })),
  "checkin.closed": (state, { checkin, missing = [] }) => checked(state, checkin, () => ({ closed: true, missing })),
  "comment.added": (state, { seq, at, member, name, text }) => ({ ...state, comments: [...(state.comments ?? []).slice(1 - COMMENTS_KEPT), { seq, at, member, name, text }] }),
};
