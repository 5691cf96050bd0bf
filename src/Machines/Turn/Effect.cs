namespace Semel.Machines.Turn;

/// <summary>
/// Something that a machine cannot do itself and asks its shell for: to end a transaction in a partition, say. It is carried out after the turn that decided it is
/// durable. Nothing is recorded of it: what is outstanding follows from the state, and is asked for again when the machine was folded anew
/// (<see cref="IMachine{TCommand,TReply,TView}.Resume"/>). So each effect may be carried out more than once, and whoever does it must bear that.
/// </summary>
public abstract record Effect;
