using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Protocol;

namespace Semel.Cli.Transactions;

public sealed class TransactionsDescribeProducersCommand : Command
{
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
        if (arguments.WantsJson())
        {
            terminal.Output.WriteJson(json =>
            {
                json.WriteStartArray();
                foreach (var producer in producers)
                {
                    json.WriteStartObject();
                    json.WriteNumber("producerId", producer.ProducerId.Value);
                    json.WriteNumber("producerEpoch", producer.ProducerEpoch);
                    json.WriteNumber("latestCoordinatorEpoch", producer.CoordinatorEpoch);
                    json.WriteNumber("lastSequence", producer.LastSequence);
                    json.WriteNumber("lastTimestamp", producer.LastTimestamp.UnixMilliseconds);
                    if (producer.TransactionStart is { } start) json.WriteNumber("currentTransactionStartOffset", start);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            });
            return ExitCode.Success;
        }
        var table = new TextTable("ProducerId", "ProducerEpoch", "LatestCoordinatorEpoch", "LastSequence", "LastTimestamp", "CurrentTransactionStartOffset");
        foreach (var producer in producers)
            table.Add($"{producer.ProducerId}", $"{producer.ProducerEpoch}", $"{producer.CoordinatorEpoch}", $"{producer.LastSequence}", $"{producer.LastTimestamp.UnixMilliseconds}", producer.TransactionStart is { } start ? $"{start}" : "None");
        table.WriteTo(terminal.Output);
        return ExitCode.Success;
    }
}
