# Is the truth in every interval that the sentinels state?
#
# Input: {before, after, stated}. before and after: what was measured of the clock of each host, from outside, at two
# instants, {NAME: {at, offset, bound}}, against one and the same clock; stated, of in between: [{status, matrix, at}],
# each host's /v1/status and /v1/matrix, and when the latter was asked for, by that same clock.
# Output, for each interval: {kind, from, to, low, high, truth, bound, fresh, right}. At the instant that an interval
# speaks of the true offset is what lies on the line between the two measurements, give or take `bound`. An interval is
# `right` unless even that bound leaves the truth outside, and `fresh` if it speaks of an instant in between.

def seconds: (.[0:19] + "Z" | fromdateiso8601) + (.[19:-1] | if . == "" then 0 else "0" + . | tonumber end);

def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;

. as $lab
# The instant at which a host's wall clock showed this, by the clock that all were measured against.
| def instant($name):
    $lab.before[$name] as $from
    | $lab.after[$name] as $to
    | ($from.at + $from.offset) as $shown
    | $from.at + ($to.at - $from.at) * (seconds - $shown) / ($to.at + $to.offset - $shown);
  # The offset of a clock at an instant of the clock that all were measured against.
  def offset($name; $at):
    $lab.before[$name] as $from
    | $lab.after[$name] as $to
    | $from.offset + ($to.offset - $from.offset) * ($at - $from.at) / ($to.at - $from.at);
  def bound($name): [$lab.before[$name].bound, $lab.after[$name].bound] | max;
  def truth($from; $to; $at): offset($to; $at) - offset($from; $at);
  # A host against the consensus, which has no clock of its own.
  def against_all($name; $at): offset($name; $at) - ([$lab.before | keys[] | offset(.; $at)] | median);
  def judged($truth; $bound; $at):
    . + {truth: $truth, bound: $bound, right: (.low - $bound <= $truth and $truth <= .high + $bound),
         fresh: (all($lab.before[].at; . <= $at) and all($lab.after[].at; $at <= .))};
  def between_two($at): judged(truth(.from; .to; $at); bound(.from) + bound(.to); $at);
[ $lab.stated[]
  | (.status.node as $self
     | (.status.peers[]
        | select(.as_of)
        | (.as_of | instant($self)) as $at
        | {kind: "peer", from: $self, to: .name, low: .low_s, high: .high_s}
        | between_two($at)),
       (.status.verdict
        | select(.as_of)
        | (.as_of | instant($self)) as $at
        | {kind: "verdict", from: "all", to: $self, low: .low_s, high: .high_s}
        | judged(against_all($self; $at); [$lab.before | keys[] | bound(.)] | add; $at))),
    (.at as $asked
     | .matrix.cells[]
     | ($asked - .age_s) as $at
     | {kind: (if .implied then "implied" else "cell" end), from, to, low: .low_s, high: .high_s}
     | between_two($at)) ]
