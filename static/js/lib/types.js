/**
 * The shapes that the modules share. What the wire declares comes from the generated protocol.js;
 * the rest is the page's own.
 *
 * @typedef {import('../protocol.js').Person} User
 * @typedef {import('../protocol.js').Member} Member
 * @typedef {import('../protocol.js').Reaction} Reaction
 * @typedef {import('../protocol.js').Message} Message
 * @typedef {import('../protocol.js').Reading} Reading
 * @typedef {import('../protocol.js').RoomSummary} RoomSummary
 * @typedef {import('../protocol.js').Sidebar} Sidebar
 * @typedef {import('../protocol.js').Room} Room
 * @typedef {import('../protocol.js').Muted} Muted
 * @typedef {import('../protocol.js').Ignored} Ignored
 *
 * @typedef {object} Bootstrap
 * @property {User} user
 * @property {string} epoch
 * @property {Record<string, number>} limits
 * @property {Room | null} room
 * @property {Message[]} messages
 * @property {boolean} has_before
 * @property {boolean} has_after
 * @property {number | null} around
 * @property {RoomSummary[]} rooms
 * @property {string | null} rooms_next where the others begin; null: these are all
 * @property {number} unread_total in all of them
 * @property {Sidebar} sidebar
 * @property {Muted | null} [muted] on the whole site
 * @property {Ignored} [ignored]
 * @property {boolean} [staff] whether one moderates the whole site
 * @property {User[]} [people] the others of a direct room
 * @property {Record<string, string>} urls
 *
 * @typedef {object} Page
 * @property {Message[]} messages
 * @property {boolean} has_before
 * @property {boolean} has_after
 *
 * @typedef {Page & {room: Room, revision: number, online: User[], reset: boolean}} RoomOpened
 *
 * @typedef {{type: string, room?: any, revision?: number, message?: Message, [field: string]: any}} ServerEvent
 * @typedef {{type: string, [field: string]: any}} Command
 *
 * @typedef {object} Post A message of mine that the server has not confirmed.
 * @property {string} room
 * @property {string} nonce
 * @property {string} body
 * @property {number | null} reply_to
 * @property {string} created_at
 * @property {'pending' | 'failed' | 'held' | 'sent'} state Held: a moderator reads it first.
 * @property {string} [note] Why it waits or failed, in words.
 * @property {boolean} [waits] The site's storage is away: this may take long.
 * @property {boolean} [refused] By a moderator: sent again, it would be refused again.
 * @property {boolean} [urged] Its author has asked once more for it to be sent.
 */

export {};
