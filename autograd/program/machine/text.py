"""Instructions to be read: `t7 = plus_product(x0, p1, t3)`."""

from __future__ import annotations

from autograd.program.machine.assemble import Assembled
from autograd.program.machine.registers import joined
from autograd.program.plan import SHOWN, Plan


def instructions(assembled: Assembled, plan: Plan) -> list[str]:
    """The instructions for one example, one a line, in their order.

    Inputs are x0, x1, ..., parameters p0, p1, ..., the weights of outputs seed0, ...
    """
    listing = assembled.listing
    names = [f"x{i}" for i in range(plan.inputs)]
    names += [f"p{i}" for i in range(plan.parameters)]
    names += [f"seed{i}" for i in range(assembled.givens - len(names))]
    lines, steps = [], 0
    called = dict(enumerate(names))
    for place in joined(listing, assembled.results):
        if place in listing.constants:
            called[place] = repr(listing.constants[place])
        elif listing.is_step(place):
            read = [called[x] for x in listing.operands[place]]
            if len(read) > SHOWN:
                read = [*read[: SHOWN // 2], f"... ({len(read)} in all) ...", read[-1]]
            called[place] = f"t{steps}"
            steps += 1
            lines.append(f"{called[place]} = {listing.names[place]}({', '.join(read)})")
    return lines
