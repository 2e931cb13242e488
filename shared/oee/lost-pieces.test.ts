import { describe, expect, it } from 'vitest';
import { machine, makePlant, product } from './fixture.ts';
import { lostAt } from './lost-pieces.ts';

/** A case packer that counts cases of twelve; a bottle is worth 0.05, a minute of the packer 1. */
const PLANT = makePlant({
  machines: [machine('packer', { piecesPerCount: 12, costPerHour: 60 }), machine('old', {})],
  products: [product('bottle', 0.6, { contributionPerPiece: 0.05 }), product('sample', 1)],
});

describe('what was not made', () => {
  it('is worth its pieces, not its counts', () => {
    expect(lostAt(PLANT, 'packer', 'bottle', { counts: 10, seconds: 600 })).toEqual({ pieces: 120, money: 6 });
  });
  it('is worth its time where the product has no value, or nobody knows how many there would have been', () => {
    expect(lostAt(PLANT, 'packer', 'sample', { counts: 10, seconds: 600 })).toEqual({ pieces: 120, money: 10 });
    expect(lostAt(PLANT, 'packer', 'bottle', { counts: null, seconds: 600 })).toEqual({ pieces: 0, money: 10 });
  });
  it('is worth nothing beside the constraint, and unknown where nothing has a value', () => {
    const beside = { counts: 10, seconds: 600, losesPieces: false };
    expect(lostAt(PLANT, 'packer', 'bottle', beside)).toEqual({ pieces: 120, money: 0 });
    expect(lostAt(PLANT, 'old', 'sample', { counts: 10, seconds: 600 })).toEqual({ pieces: 10, money: null });
  });
});
