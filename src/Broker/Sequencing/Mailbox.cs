using System.Runtime.CompilerServices;

namespace Semel.Broker.Sequencing;

/// <summary>Commands that wait for their turn, and where each reply goes. Not thread safe: its sequencer guards it.</summary>
internal sealed class Mailbox<TCommand, TReply>
{
    /// <summary>A partition that is never written to needs none, and most get one command at a time.</summary>
    TCommand[] _commands = [];
    Receiver<TReply>[] _receivers = [];

    public int Count { get; private set; }
    public ReadOnlySpan<TCommand> Commands => _commands.AsSpan(0, Count);

    public void Add(in TCommand command, IReplySink<TReply>? sink, int index)
    {
        if (Count == _commands.Length)
        {
            Array.Resize(ref _commands, Math.Max(1, Count * 2));
            Array.Resize(ref _receivers, Math.Max(1, Count * 2));
        }
        _commands[Count] = command;
        _receivers[Count++] = new(sink, index);
    }

    public ref Receiver<TReply> ReceiverOf(int position) => ref _receivers[position];

    /// <summary>Moves the commands that are meant behind those of another mailbox; each side keeps its order.</summary>
    public void MoveTo(Mailbox<TCommand, TReply> other, Predicate<TCommand> isMeant)
    {
        var (all, stay) = (Count, 0);
        for (var position = 0; position < all; position++)
        {
            var (command, receiver) = (_commands[position], _receivers[position]);
            if (isMeant(command)) other.Add(command, receiver.Sink, receiver.Index);
            else (_commands[stay], _receivers[stay++]) = (command, receiver);
        }
        Array.Clear(_commands, stay, all - stay);
        Array.Clear(_receivers, stay, all - stay);
        Count = stay;
    }

    public void Clear()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TCommand>()) Array.Clear(_commands, 0, Count);
        Array.Clear(_receivers, 0, Count);
        Count = 0;
    }
}
