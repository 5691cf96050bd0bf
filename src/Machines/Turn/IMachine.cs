using System.Buffers;
using Semel.Protocol.Records;

namespace Semel.Machines.Turn;

/// <summary>
/// A fold over exactly one log. <see cref="Decide"/> reads state and says what shall become a fact; <see cref="Evolve"/> is the only thing that
/// changes recorded state, live and at replay alike. A machine has no clock, thread, socket, file, logger or randomness: the same inputs give the
/// same outputs. It is used by one turn at a time and is not thread safe; readers get <see cref="View"/>, which never changes after it was handed out.
/// </summary>
public interface IMachine<TCommand, TReply, TView> where TView : class
{
    /// <summary>
    /// Answers one command: exactly one reply or one ticket for it, and any number of batches, already stamped with the offsets they will have; any number of replies to
    /// earlier tickets, and of effects.
    /// </summary>
    void Decide(in TCommand command, Moment now, TurnOutput<TReply> output);

    /// <summary>Applies one batch of the log. Never refuses: what is in the log has been decided.</summary>
    /// <param name="appendedAt">When the batch was appended; at replay now, the only later bound of it that no clock can have made too early.</param>
    void Evolve(in RecordBatchHeader header, ReadOnlySpan<byte> batch, Moment appendedAt);

    /// <summary>The log begins at <paramref name="offset"/> from now on: records below were deleted.</summary>
    void StartMoved(long offset);

    /// <summary>An immutable picture for readers, of everything evolved so far.</summary>
    TView View { get; }

    /// <summary>The state after all batches below the log end offset, for <see cref="TryLoad"/> of a later process.</summary>
    void Save(IBufferWriter<byte> snapshot, Moment now);

    /// <returns>False when the bytes are of an unknown version or damaged; the state is then as before the call.</returns>
    bool TryLoad(ReadOnlySpan<byte> snapshot, Moment now);

    /// <summary>
    /// Everything is loaded and evolved, and commands come next: asks for the effects that the state says are outstanding. Nothing may be appended or answered here.
    /// </summary>
    void Resume(Moment now, TurnOutput<TReply> output)
    {
    }

    /// <summary>When a tick is due by the steady clock, if nothing else comes before; null when there is nothing to wait for.</summary>
    TimeSpan? NextDeadline { get; }
}
