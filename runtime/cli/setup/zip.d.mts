/** A member of a zip archive: its size in bytes, and where and how it is packed. */
export type Member = { readonly name: string, readonly method: number, readonly compressed: number, readonly size: number, readonly header: number }

/** The members of a zip archive (not zip64). Rejects when it is not one. */
export declare const listZip: (path: string) => Promise<readonly Member[]>

/** Writes one member of the archive to `target`, making its folders. Rejects when the result has another size than promised. */
export declare const extractMember: (path: string, member: Member, target: string, mode?: number) => Promise<void>

/** One member, whole, in memory. Rejects when it is cut off or has another size than promised. */
export declare const readMember: (path: string, member: Member) => Promise<Uint8Array>
