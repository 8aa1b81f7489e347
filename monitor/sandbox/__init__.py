"""Processes that may be killed, and the plugins that run in them.

Enters: where a plugin comes from (`monitor.extensions.loading.Origin`), and what to call. Leaves: data that
was checked here, or an error that says which limit ended it. A plugin may hang, eat memory, end its process
or print without end; only the kernel stops that.

    proxies   a source, notifier, strategy or detector whose plugin runs in a child
    pool      the children, warm between two calls, one plugin each
    process   the parent's end of one child: starts it, talks with it, kills it
    printed   what a child prints, on its way to the log
    failures  what a child says went wrong, as an error
    wire      what they say to each other: JSON and bytes, never pickled objects
    arrays    columns, as bytes
    panels    what a detector is given and answers: such columns, and the rest as JSON
    limits    how long, how much, how many; and what a child cannot do
    child     the child's life; with `channel`, its end of the pipe, and `calls`, what it can be asked

What holds. A child is an interpreter of its own, started by `exec` (safe under any threads), in a session
of its own, which dies with its parent. Time is bounded by the parent's clock and by the kernel's alarm,
memory by the kernel. Its environment holds nothing but the language, the time zone and the search path;
options, secrets among them, come over the pipe. The network is closed by the kernel where it lets us (a
network namespace), and by an audit hook everywhere; so are starting programs and signalling others.

What a detector learns is a pickle, of which the monitor sees bytes only: it hands them back to a child of the
same plugin, and to nobody else.

What does not hold. A child is the same user: it may read and write that user's files. An audit hook is
no wall against code that means harm (`ctypes`, machine code); the namespace is, for the network.
Plugins are chosen by who runs the monitor: this keeps faults away from the others, not attackers from
the machine.
"""
