/**
 * The types that modules share. The wire's types come from the generated protocol.js; the rest are
 * the page's own.
 *
 * @typedef {import('../protocol.js').Person} User
 * @typedef {import('../protocol.js').Member} Member
 * @typedef {import('../protocol.js').Reaction} Reaction
 * @typedef {import('../protocol.js').Message} Message
 * @typedef {import('../protocol.js').Reading} Reading
 * @typedef {import('../protocol.js').RoomSummary} RoomSummary
 * @typedef {import('../protocol.js').LobbyRoom} LobbyRoom
 * @typedef {import('../protocol.js').OwnSection} OwnSection
 * @typedef {import('../protocol.js').Sidebar} Sidebar
 * @typedef {import('../protocol.js').Room} Room
 * @typedef {import('../protocol.js').Muted} Muted
 * @typedef {import('../protocol.js').Ignored} Ignored
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
 * @property {string | null} rooms_next where the remaining rooms start; null: there are none
 * @property {number} unread_total in all rooms
 * @property {Sidebar} sidebar
 * @property {import('../protocol.js').Appearance} [appearance]
 * @property {Muted | null} [muted] on the whole site
 * @property {Ignored} [ignored]
 * @property {{unread: number}} [inbox]
 * @property {number} [emoji] the revision of the site's own; 0: there are none
 * @property {boolean} [staff] whether the user moderates the whole site
 * @property {string} [zone] of this browser, as the server knows it
 * @property {import('../protocol.js').Site} [site]
 * @property {{query: string, before: string | null, found: import('../search/results.js').Reply | null}} [search]
 *   what was asked and found, on the page of a search
 * @property {User[]} [people] the other members of a direct room
 * @property {User[]} [named] whom the messages name
 * @property {number[]} [here] messages that addressed me by `@here`
 * @property {Record<string, string>} urls
 * @typedef {object} Page
 * @property {Message[]} messages
 * @property {boolean} has_before
 * @property {boolean} has_after
 * @typedef {Page & {room: Room, revision: number, online: User[], reset: boolean}} RoomOpened
 * @typedef {{type: string, room?: any, revision?: number, message?: Message, [field: string]: any}} ServerEvent
 * @typedef {{type: string, [field: string]: any}} Command
 * @typedef {object} Post A message of mine that the server hasn't confirmed.
 * @property {string} room
 * @property {string} nonce
 * @property {string} body
 * @property {number | null} reply_to
 * @property {string} created_at
 * @property {'pending' | 'failed' | 'held' | 'sent'} state Held: a moderator reviews it first.
 * @property {string} [note] Why it waits or failed, in words.
 * @property {boolean} [waits] The site's storage is away: this may take long.
 * @property {boolean} [refused] By a moderator: sending it again would be refused again.
 * @property {boolean} [urged] Its author asked again for it to be sent.
 * @property {string[]} [files] The keys of its files, in order.
 * @property {PendingAttachment[]} [attachments] The same files, to be shown.
 * @property {boolean} [uploading] Some of them are still on their way.
 * @property {boolean} [reposted] Its files weren't there when it was posted before.
 * @typedef {object} LocalFile A file of mine that isn't posted yet.
 * @property {string} key
 * @property {string} room
 * @property {string} name
 * @property {number} size in bytes
 * @property {string} type as this browser says
 * @property {import('../protocol.js').Attachment['kind']} kind
 * @property {number | null} width
 * @property {number | null} height
 * @property {number | null} duration in seconds
 * @property {number[] | null} peaks
 * @property {string} alt
 * @property {number} added when, in milliseconds; later than every earlier one
 * @property {number} position among the files of its room
 * @property {string | null} id of its upload
 * @property {string | null} poster the id of the upload of its poster
 * @property {boolean} done The server has all of it.
 * @property {string} told Its description as the server knows it.
 * @property {boolean} [measured] Width, height and duration are as known as they will be.
 * @property {boolean} [isText] It was made from a text, and can be turned back into it.
 * @property {string} [reason] Why it can't be sent, in words.
 * @property {boolean} [final] Trying again changes nothing.
 * @property {number} [sent] Bytes that are there.
 * @typedef {Pick<import('../protocol.js').Attachment, 'id' | 'name' | 'size' | 'type' | 'kind' | 'width' | 'height' | 'duration' | 'peaks' | 'alt' | 'transcript' | 'url' | 'thumbnail' | 'poster' | 'ready'> & {progress: number, reason?: string}} PendingAttachment
 *   An attachment of a post: its addresses are `blob:`, or empty until this page has the file;
 *   `progress` is up to 1.
 */

export {};
