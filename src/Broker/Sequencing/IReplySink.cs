namespace Semel.Broker.Sequencing;

/// <summary>
/// Who gets the replies to commands: one object for all commands of one request, which tells them apart by an index.
/// Called on the thread that ran the turn, in the turn's order: an implementation does little and never waits.
/// </summary>
internal interface IReplySink<TReply>
{
    void Answer(int index, in TReply reply);
}
