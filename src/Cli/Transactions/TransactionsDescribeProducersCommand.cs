using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Transactions;

public sealed class TransactionsDescribeProducersCommand : Command
{
    static readonly Report<ProducerDescription> Producers = new(
        new("ProducerId", "producerId", one => one.ProducerId.Value),
        new("ProducerEpoch", "producerEpoch", one => one.ProducerEpoch),
        new("LatestCoordinatorEpoch", "latestCoordinatorEpoch", one => one.CoordinatorEpoch),
        new("LastSequence", "lastSequence", one => one.LastSequence),
        new("LastTimestamp", "lastTimestamp", one => one.LastTimestamp.UnixMilliseconds),
        new("CurrentTransactionStartOffset", "currentTransactionStartOffset", one => one.TransactionStart) { Absent = "None" });

    public override Syntax Syntax { get; } = new("transactions describe-producers", "show who writes to a partition, and whose transaction is open")
    {
        Options = [TransactionOptions.Topic, TransactionOptions.Partition, TransactionOptions.Broker, .. ConnectionOptions.All, .. OutputOptions.All],
        Notes = ["A transaction that is open in the partition has its first offset in the last column: readers with read_committed get nothing from there on until it ends."],
        Examples = ["semel transactions describe-producers --topic orders --partition 0"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var partition = TransactionOptions.RequiredPartition(arguments);
        var broker = arguments.Find(TransactionOptions.Broker) is { } number ? new NodeId((int)number) : (NodeId?)null;
        var result = await AdminWork.AskAsync(arguments, terminal, async (admin, token) => (await admin.DescribeProducersAsync([partition], broker, token).ConfigureAwait(false))[0], stop).ConfigureAwait(false);
        if (result.Failure is { } failure) throw ClientFailure.Of(failure, partition.Topic);
        var producers = result.Value!.OrderBy(producer => producer.ProducerId.Value).ToList();
        Producers.Write(terminal.Output, arguments.WantsJson(), producers);
        return ExitCode.Success;
    }
}
