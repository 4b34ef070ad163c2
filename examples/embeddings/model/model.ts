/** The model, by its name on the Hugging Face hub: 384 numbers for a text, 90 MB. */
export const modelName = 'Xenova/all-MiniLM-L6-v2'

/** Where Transformers.js keeps what it has fetched, and looks first: each model by its name. */
export const modelsFolder = new URL('./', import.meta.url)

/** The hub, or the mirror of it that `HF_ENDPOINT` names. */
export const hub: string = process.env['HF_ENDPOINT'] ?? 'https://huggingface.co'

/** What makes up the model. */
export const modelFiles = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model.onnx']

/** The folder of the model itself, once it is there. */
export const modelFolder = new URL(`${modelName}/`, modelsFolder)
