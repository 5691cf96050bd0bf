using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Transactions;

public sealed class TransactionsFindHangingCommand : Command
{
    static readonly Option<long> LongestTimeout = new("--max-transaction-timeout", "MINUTES", "leave out transactions that were written to within this time", OptionType.Number(0, 1_000_000)) { Default = "15" };
    const int DefaultMinutes = 15;

    public override Syntax Syntax { get; } = new("transactions find-hanging", "find open transactions that no coordinator will end")
    {
        Options = [TransactionOptions.Broker, TransactionOptions.Topic, TransactionOptions.Partition, LongestTimeout, .. ConnectionOptions.All, .. OutputOptions.All],
        Notes =
        [
            "Looked at are the partitions that --broker-id leads, those of --topic, or one with --partition; all of the cluster when nothing is given.",
            "What is found holds back every reader with read_committed for ever: 'semel transactions abort' ends it.",
        ],
        Examples = ["semel transactions find-hanging", "semel transactions find-hanging --topic orders --max-transaction-timeout 5"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        if (arguments.Has(TransactionOptions.Partition) && !arguments.Has(TransactionOptions.Topic)) throw CommandException.Usage("--partition needs --topic.", "For example: --topic orders --partition 0");
        var now = terminal.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var longest = TimeSpan.FromMinutes(arguments.Value(LongestTimeout, DefaultMinutes));
        var (hanging, failures) = await AdminWork.AskAsync(arguments, terminal, async (admin, token) =>
        {
            var partitions = await ScopeAsync(admin, arguments, token).ConfigureAwait(false);
            var described = await admin.DescribeProducersAsync(partitions, token).ConfigureAwait(false);
            var open = described.Where(result => result.IsSuccess).SelectMany(result => result.Value!.Where(producer => producer.TransactionStart is not null)
                .Select(producer => new OpenTransaction(result.Item, producer.ProducerId, producer.ProducerEpoch, producer.CoordinatorEpoch, producer.TransactionStart!.Value, producer.LastTimestamp.UnixMilliseconds)));
            var found = await HangingAsync(admin, [.. open.Where(one => HangingRule.MayHang(one, now, longest))], token).ConfigureAwait(false);
            return (found, described.Where(result => !result.IsSuccess).Select(result => result.Failure!).ToList());
        }, stop).ConfigureAwait(false);
        foreach (var failure in failures) terminal.Warn($"{failure.Message}.");
        Print(hanging, now, arguments, terminal);
        return failures.Count == 0 ? ExitCode.Success : ExitCode.Failed;
    }

    static async Task<IReadOnlyList<TopicPartition>> ScopeAsync(AdminClient admin, ParsedArguments arguments, CancellationToken stop)
    {
        IReadOnlyList<TopicDescription> topics;
        if (arguments.Text(TransactionOptions.Topic) is { } name)
        {
            var described = (await admin.DescribeTopicsAsync([name], stop).ConfigureAwait(false))[0];
            if (described.Failure is { } failure) throw ClientFailure.Of(failure, name);
            if (arguments.Find(TransactionOptions.Partition) is { } partition) return [new TopicPartition(name, (int)partition)];
            topics = [described.Value!];
        }
        else topics = await admin.ListTopicsAsync(stop).ConfigureAwait(false);
        var leader = arguments.Find(TransactionOptions.Broker) is { } number ? new NodeId((int)number) : (NodeId?)null;
        return [.. topics.SelectMany(topic => topic.Partitions.Where(partition => leader is null || partition.Leader == leader).Select(partition => new TopicPartition(topic.Name, partition.Partition)))];
    }

    static async Task<IReadOnlyList<OpenTransaction>> HangingAsync(AdminClient admin, IReadOnlyList<OpenTransaction> open, CancellationToken stop)
    {
        if (open.Count == 0) return [];
        var listed = await admin.Transactions.ListAsync([], [.. open.Select(one => one.ProducerId).Distinct()], longerThan: -1, pattern: null, stop).ConfigureAwait(false);
        var known = new List<TransactionDescription>();
        foreach (var one in listed)
        {
            try { known.Add(await admin.Transactions.DescribeAsync(one.TransactionalId, stop).ConfigureAwait(false)); }
            catch (KafkaException forgotten) when (forgotten.Error.Code == ErrorCode.TransactionalIdNotFound) { }
        }
        return [.. open.Where(one => HangingRule.Hangs(one, known))];
    }

    static void Print(IReadOnlyList<OpenTransaction> hanging, long now, ParsedArguments arguments, Terminal terminal) => new Report<OpenTransaction>(
        new("Topic", "topic", one => one.Partition.Topic),
        new("Partition", "partition", one => one.Partition.Partition),
        new("ProducerId", "producerId", one => one.ProducerId.Value),
        new("ProducerEpoch", "producerEpoch", one => one.ProducerEpoch),
        new("CoordinatorEpoch", "coordinatorEpoch", one => one.CoordinatorEpoch),
        new("StartOffset", "startOffset", one => one.Start),
        new("LastTimestamp", "lastTimestamp", one => one.LastTimestamp),
        new("Duration(min)", "durationMinutes", one => (now - one.LastTimestamp) / 60_000)).Write(terminal.Output, arguments.WantsJson(), hanging);
}
