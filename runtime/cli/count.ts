import { number, option } from 'cmd-ts'

/** An option that is a number, with the number that it is without it. */
export const count = (long: string, value: number, description: string) => option({ type: number, long, description, defaultValue: () => value, defaultValueIsSerializable: true })
