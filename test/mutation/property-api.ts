import fastCheck, { type IAsyncProperty, type IProperty, type Parameters } from 'fast-check';

/*
 * What tests import from fast-check, when they run here: a property gets the same few examples every time and does not search for
 * a smaller one. A mutant that hundreds of examples are needed for counts as a survivor.
 */
const EXAMPLES = 30;

function assert<T>(property: IProperty<T> | IAsyncProperty<T>, parameters: Parameters<T> = {}): Promise<void> | void {
  const numRuns = Math.min(parameters.numRuns ?? EXAMPLES, EXAMPLES);
  return fastCheck.assert(property as IAsyncProperty<T>, { ...parameters, numRuns, endOnFailure: true });
}

export * from 'fast-check';
export { assert };
export default { ...fastCheck, assert };
