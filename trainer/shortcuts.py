"""What a recording does in a shorter way than the pass that it was made of. Each gives the same bits."""

from __future__ import annotations

import operator

import torch
from torch import Tensor, fx

aten = torch.ops.aten


def shorten(module: fx.GraphModule) -> None:
    """Rewrites the operations of a pass, forward and backward, in place."""
    _leave_out_detours(module)
    _pool_before_relu(module.graph)
    _write_in_place(module)


def _leave_out_detours(module: fx.GraphModule) -> None:
    """Takes out what changes nothing: detaching, transposing twice, and views of what never moves."""
    graph = module.graph
    for node in graph.nodes:
        if node.target is aten.detach.default:
            node.replace_all_uses_with(node.args[0])
        elif node.target is aten.t.default:
            above = node.args[0]
            if above.target is aten.t.default:
                node.replace_all_uses_with(above.args[0])
            elif above.op == "get_attr":
                _bind(module, node, getattr(module, above.target).detach().t())
    graph.eliminate_dead_code()


def _write_in_place(module: fx.GraphModule) -> None:
    """Lets products and sums that end as gradients be written where those belong, which saves a copy."""
    graph = module.graph
    writing = {aten.mm.default: aten.mm.out, aten.sum.dim_IntList: aten.sum.IntList_out}
    for node in graph.find_nodes(op="call_function", target=aten._foreach_copy_.default):
        copied: list[tuple[fx.Node, fx.Node]] = []
        for place, value in zip(*node.args, strict=True):
            made = value.args[0] if value.target is aten.view.default else value
            into = getattr(module, place.target)
            used_once = len(value.users) == len(made.users) == 1
            if made.target not in writing or not (used_once and into.is_contiguous()):
                copied.append((place, value))
                continue
            with graph.inserting_before(made):
                written = _held(module, f"into_{place.name}", into.view(made.meta["val"].shape))
                made.kwargs = {**made.kwargs, "out": written}
            made.target = writing[made.target]
        node.args = tuple([pair[at] for pair in copied] for at in range(2))
        if not copied:
            graph.erase_node(node)
    graph.eliminate_dead_code()


def _bind(module: fx.GraphModule, node: fx.Node, value: Tensor) -> None:
    """Puts a tensor in the place of the node that would make it each time."""
    with module.graph.inserting_before(node):
        node.replace_all_uses_with(_held(module, f"bound_{node.name}", value))


def _held(module: fx.GraphModule, name: str, value: Tensor) -> fx.Node:
    """A node that stands for this very tensor."""
    module.register_buffer(name, value)
    return module.graph.get_attr(name)


def _pool_before_relu(graph: fx.Graph) -> None:
    """Takes the largest first, then cuts off what is below zero: a quarter of the work, and the same numbers.

    Where all of a window is below zero the two orders name another place as its largest, but the gradient
    that goes there is zero.
    """
    for backward in graph.find_nodes(op="call_function", target=aten.threshold_backward.default):
        spread, relu, threshold = backward.args
        if threshold != 0 or relu.target is not aten.relu.default:
            continue
        pools = [user for user in relu.users if user.target is aten.max_pool2d_with_indices.default]
        if (
            spread.target is not aten.max_pool2d_with_indices_backward.default
            or len(spread.users) > 1
            or len(pools) != 1
            or set(relu.users) != {pools[0], spread, backward}
        ):
            continue
        _exchange(graph, relu, pools[0], spread, backward)
    graph.eliminate_dead_code()


def _exchange(graph: fx.Graph, relu: fx.Node, pool: fx.Node, spread: fx.Node, backward: fx.Node) -> None:
    """Puts the relu behind the pool that reads it, and its way back before the pool's."""
    [below] = relu.all_input_nodes
    pool.replace_input_with(relu, below)
    [largest] = [user for user in pool.users if user.target is operator.getitem and user.args[1] == 0]
    with graph.inserting_after(largest):
        cut = graph.call_function(aten.relu.default)
    largest.replace_all_uses_with(cut)
    cut.args = (largest,)
    with graph.inserting_before(spread):
        gradient = graph.call_function(aten.threshold_backward.default, (spread.args[0], cut, 0))
    spread.args = (gradient, below, *spread.args[2:])
    backward.replace_all_uses_with(spread)
