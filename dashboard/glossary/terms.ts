/*
 * One sentence for every term that a screen shows. The exact rules are in docs/rules.md; a sentence here must not contradict them.
 */
export interface Term {
  readonly name: string;
  readonly sentence: string;
}

export const TERMS = {
  oee: {
    name: 'OEE',
    sentence: 'Share of planned time that made good pieces at the ideal cycle: availability x performance x quality.',
  },
  availability: {
    name: 'Availability',
    sentence:
      'Share of planned time that the machine was running; minor stops count as running and cost performance instead.',
  },
  performance: {
    name: 'Performance',
    sentence:
      'Time that the pieces made would have taken at the ideal cycle, as a share of running time; over 100% means that the ideal cycle is wrong.',
  },
  quality: {
    name: 'Quality',
    sentence: 'Share of the pieces made that were good, weighed by their ideal time where products differ.',
  },
  utilization: {
    name: 'Utilization',
    sentence: 'Share of all time, nights and weekends included, that production was planned.',
  },
  teep: {
    name: 'TEEP',
    sentence: 'OEE of all time, nights and weekends included: what the machine could make if it never stopped.',
  },
  ooe: {
    name: 'OOE',
    sentence: 'OEE of all the time that somebody was there to operate, time without orders included.',
  },
  yield: { name: 'Yield', sentence: 'Good pieces as a share of pieces made, whatever time each of them takes.' },
  coverage: {
    name: 'Coverage',
    sentence:
      'Share of the time of which something is known; the rest is neither running nor stopped, it is not known.',
  },
  provisional: {
    name: 'Provisional',
    sentence: 'The end is less than fifteen minutes ago, so late data may still change it.',
  },
  restated: {
    name: 'Restated',
    sentence: 'Published once and changed since, with what changed it and when; the first figure is kept.',
  },
  total: { name: 'Pieces made', sentence: 'Every piece that was counted, good and rejected.' },
  made: {
    name: 'Made',
    sentence: 'Every piece of this order that was counted on this machine in the last seven days, rejects in.',
  },
  good: {
    name: 'Good pieces',
    sentence: 'Pieces made less pieces rejected, those that people entered as scrap included.',
  },
  reject: { name: 'Rejects', sentence: 'Pieces that were made and are not good.' },
  remaining: { name: 'Remaining', sentence: 'Good pieces of the order that are not made yet.' },
  targetCount: {
    name: 'Due so far',
    sentence: 'Good pieces that the target OEE asks for up to now: planned stops are in it, breaks are not.',
  },
  dueThisShift: {
    name: 'Due this shift',
    sentence: 'Good pieces that the target OEE asks of this order in this shift, up to now.',
  },
  targetAtEnd: {
    name: 'Due at the end',
    sentence: 'Good pieces that the target OEE asks for by the end of the shift.',
  },
  projectedCount: {
    name: 'At this pace',
    sentence: 'Good pieces at the end of the shift if the pace of the last planned hour goes on.',
  },
  finish: {
    name: 'Finish',
    sentence:
      'When the last good piece of the order is made if the pace of the last hour goes on, breaks not foreseen.',
  },
  idealCycle: {
    name: 'Ideal cycle',
    sentence: 'Shortest time that one piece of this product can take; everything above it is a loss.',
  },
  target: { name: 'Target', sentence: 'OEE that the plant file asks of this machine.' },
  energy: {
    name: 'Energy',
    sentence:
      'Electricity that the meters of the machine, line or plant read, shared among machines as the plant file says.',
  },
  energyCost: {
    name: 'Energy cost',
    sentence:
      'Each kilowatt-hour at the price of the tariff in force at that minute, without demand charges and taxes.',
  },
  lostMoney: {
    name: 'Lost money',
    sentence:
      'Pieces not made x what each contributes, or else hours x what an hour costs; the energy of that time stands beside it.',
  },
  perGood: {
    name: 'Energy per good piece',
    sentence: 'All energy of the time, waiting and stops included, over the good pieces of that time.',
  },
  power: { name: 'Power', sentence: 'What is drawn at this moment, in kilowatts.' },
  wasted: {
    name: 'Waiting or down',
    sentence: 'Energy drawn while the machine waited or was down: nothing was made with it.',
  },
  usual: { name: 'Usual', sentence: 'Mean of the same part of the last shifts of this name.' },
  demand: {
    name: 'Demand',
    sentence: 'Mean power over one settlement interval of the utility, which is what peaks are billed by.',
  },
  limit: { name: 'Agreed demand', sentence: 'Demand agreed with the utility; above it each kilowatt costs extra.' },
  band: { name: 'Tariff band', sentence: 'Hours with one price per kilowatt-hour, such as night or peak.' },
  cost: { name: 'Cost', sentence: 'Money at the tariff in force then; a dash where no tariff has a price for it.' },
  co2: {
    name: 'CO2',
    sentence: 'Kilograms by the factor that the plant file gives for the time and place of the energy.',
  },
  run: { name: 'Running', sentence: 'The machine works.' },
  idle: { name: 'Waiting', sentence: 'The machine could work and has nothing to work on, or nowhere to put it.' },
  waiting: {
    name: 'Waiting',
    sentence: 'Unplanned time in which the machine could work and had nothing to work on, or nowhere to put it.',
  },
  setup: {
    name: 'Setup',
    sentence: 'Time in which the machine is made ready: changeover, start-up, cleaning, planned maintenance.',
  },
  minor: {
    name: 'Minor stop',
    sentence: 'A stop shorter than the limit of the machine; it costs performance, not availability.',
  },
  down: { name: 'Down', sentence: 'Unplanned time in which the machine itself could not work.' },
  plan: { name: 'No plan', sentence: 'Time in which nothing was to be made: breaks, no orders, off shift.' },
  unknown: {
    name: 'No data',
    sentence:
      'Nobody knows what the machine did: it is counted neither as running nor as stopped, and lowers coverage.',
  },
  planned: {
    name: 'Planned time',
    sentence: 'Time of the shift without breaks and without time for which no production was planned.',
  },
  plannedStop: {
    name: 'Setup',
    sentence: 'Planned time that a planned stop took: changeover, start-up, cleaning, maintenance.',
  },
  plannedProduction: {
    name: 'Planned time',
    sentence: 'Time of the shift without breaks and without time for which no production was planned.',
  },
  unplannedStop: {
    name: 'Unplanned stops',
    sentence: 'Stops longer than the limit of a minor stop that nobody had planned: waiting and down.',
  },
  running: {
    name: 'Running time',
    sentence: 'Planned time less setup, waiting, down and time without data; minor stops are in it.',
  },
  smallStop: { name: 'Minor stops', sentence: 'Stops shorter than the limit of the machine, added up.' },
  slowCycles: {
    name: 'Slow cycles',
    sentence:
      'Running time that remains after minor stops and all pieces at their ideal cycle; below zero where the ideal cycle is too slow.',
  },
  net: { name: 'Net run time', sentence: 'Pieces made x their ideal cycle.' },
  startupRejects: {
    name: 'Start-up rejects',
    sentence: 'Ideal time of rejects during setup, and after it until ten good pieces or fifteen minutes of running.',
  },
  productionRejects: { name: 'Rejects', sentence: 'Ideal time of pieces rejected in steady production.' },
  fullyProductive: {
    name: 'Fully productive',
    sentence: 'Good pieces x their ideal cycle: what remains of planned time after all losses.',
  },
  productive: {
    name: 'Fully productive',
    sentence: 'Good pieces x their ideal cycle: what remains of planned time after all losses.',
  },
  break: { name: 'Breaks', sentence: 'Breaks of the shift by its calendar; they are not planned time.' },
  scheduleLoss: {
    name: 'Not scheduled',
    sentence: 'Time of a shift without orders or closed by people; it is not planned time.',
  },
  offShift: { name: 'Off shift', sentence: 'Time outside every shift of the calendar.' },
  all: {
    name: 'All of it',
    sentence: 'Every second from the start of the shift, and every kilowatt-hour that the machine drew in it.',
  },
  behind: { name: 'Behind', sentence: 'Good pieces less than due by now; amber from 5% of what is due.' },
  constraint: {
    name: 'Constraint',
    sentence:
      'The machine that sets the pace of its line: the line has its time and its ideal cycle, and the good pieces of the last machine.',
  },
  stopsWithoutReason: { name: 'No reason yet', sentence: 'A stop that neither the controller nor a person explained.' },
  seconds: { name: 'Time', sentence: 'Time by category; the categories add up to the window.' },
  counts: {
    name: 'Pieces',
    sentence: 'Counted pieces; unscheduled ones were made outside planned time and are in no ratio.',
  },
} as const satisfies Readonly<Record<string, Term>>;

export type TermId = keyof typeof TERMS;

export function isTerm(id: string): id is TermId {
  return Object.hasOwn(TERMS, id);
}
