/**
 * The folder with `model.safetensors`, `vocab.txt`, `config.json`, `LICENSE` and `MODEL_CARD.md` of all-MiniLM-L6-v2; fetched
 * (84 MB) when the user's cache has none. `around` may wrap the fetching, to say what takes long. Rejects with an `Error` of
 * one sentence when pip cannot fetch it.
 */
export declare const minilmFolder: (around?: (action: () => Promise<void>) => Promise<void>) => Promise<string>
