using Semel.Cli.Arguments;
using Semel.Cli.Commands;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Transactions;

public sealed class TransactionsAbortCommand : Command
{
    static readonly Option<long> Start = new("--start-offset", "N", "the first offset of the transaction in the partition", OptionType.Number(0));
    static readonly Option<long> CoordinatorEpoch = new("--coordinator-epoch", "N", "the epoch of the coordinator, as describe-producers tells it", OptionType.Number(-1, int.MaxValue));

    public override Syntax Syntax { get; } = new("transactions abort", "abort a transaction that nobody ends")
    {
        Options = [TransactionOptions.Id, TransactionOptions.Topic, TransactionOptions.Partition, Start, TransactionOptions.ProducerId, TransactionOptions.ProducerEpoch, CoordinatorEpoch, .. ConnectionOptions.All, .. OutputOptions.All],
        Notes =
        [
            "By --transactional-id: the whole transaction ends, and its producer is fenced. Its coordinator does it, as Kafka's tool does by forceTerminateTransaction.",
            "By --topic, --partition and --start-offset (or --producer-id, --producer-epoch and --coordinator-epoch): a hanging transaction in one partition, that no coordinator knows any more. 'semel transactions find-hanging' finds those.",
        ],
        Examples = ["semel transactions abort --transactional-id billing-0", "semel transactions abort --topic orders --partition 0 --start-offset 4711"],
    };

    public override async Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        var work = Work(arguments);
        var what = await AdminWork.ChangeAsync(arguments, terminal, "the transaction may have been aborted, or not", "'semel transactions list' shows its state.", work, stop).ConfigureAwait(false);
        if (!arguments.WantsJson()) terminal.Output.WriteLine($"{what}: aborted");
        else terminal.Output.WriteJson(json =>
        {
            json.WriteStartObject();
            json.WriteString("transaction", what);
            json.WriteString("outcome", "aborted");
            json.WriteEndObject();
        });
        return ExitCode.Success;
    }

    static Func<AdminClient, CancellationToken, Task<string>> Work(ParsedArguments arguments)
    {
        if (arguments.Text(TransactionOptions.Id) is { } id)
        {
            if (id.Length == 0) TransactionOptions.RequiredId(arguments);
            if (arguments.Has(TransactionOptions.Topic)) throw CommandException.Usage("--transactional-id and --topic were both given.", "Give the transactional id for the whole transaction, or a partition for a hanging one.");
            return async (admin, token) =>
            {
                await RequireOpenAsync(admin, id, token).ConfigureAwait(false);
                await admin.Transactions.AbortAsync(id, token).ConfigureAwait(false);
                return id;
            };
        }
        if (!arguments.Has(TransactionOptions.Topic))
            throw CommandException.Usage("'semel transactions abort' needs to know which transaction.", "Give --transactional-id, or --topic, --partition and --start-offset.");
        var partition = TransactionOptions.RequiredPartition(arguments);
        if (arguments.Find(Start) is { } start) return (admin, token) => AbortAsync(admin, partition, start, token);
        if ((arguments.Find(TransactionOptions.ProducerId), arguments.Find(TransactionOptions.ProducerEpoch), arguments.Find(CoordinatorEpoch)) is not ({ } producerId, { } epoch, { } coordinatorEpoch))
            throw CommandException.Usage("'semel transactions abort' needs --start-offset, or all of --producer-id, --producer-epoch and --coordinator-epoch.", $"'semel transactions describe-producers --topic {partition.Topic} --partition {partition.Partition}' shows them.");
        return (admin, token) => AbortAsync(admin, new HangingTransaction(partition, new ProducerId(producerId), TransactionOptions.Epoch(epoch), (int)Math.Max(coordinatorEpoch, 0)), token);
    }

    /// <summary>An id that nobody knows would be made by asking for its abort; so it is asked about first.</summary>
    static async Task RequireOpenAsync(AdminClient admin, string id, CancellationToken stop)
    {
        var told = await admin.Transactions.DescribeAsync(id, stop).ConfigureAwait(false);
        if (told.State is not ("Ongoing" or "PrepareAbort" or "PrepareEpochFence"))
            throw new CommandException(ExitCode.Refused, $"'{id}' has no open transaction to abort: its state is {told.State}.", "'semel transactions list --state Ongoing' shows those that are open.");
    }

    static async Task<string> AbortAsync(AdminClient admin, TopicPartition partition, long start, CancellationToken stop)
    {
        var described = (await admin.DescribeProducersAsync([partition], stop).ConfigureAwait(false))[0];
        if (described.Failure is { } failure) throw ClientFailure.Of(failure, partition.Topic);
        var producer = described.Value!.FirstOrDefault(one => one.TransactionStart == start)
            ?? throw new CommandException(ExitCode.Refused, $"no transaction that began at offset {start} is open in {partition}.", $"'semel transactions describe-producers --topic {partition.Topic} --partition {partition.Partition}' shows what is.");
        return await AbortAsync(admin, new HangingTransaction(partition, producer.ProducerId, TransactionOptions.Epoch(producer.ProducerEpoch), Math.Max(producer.CoordinatorEpoch, 0)), stop).ConfigureAwait(false);
    }

    static async Task<string> AbortAsync(AdminClient admin, HangingTransaction writer, CancellationToken stop)
    {
        await admin.Transactions.AbortAsync(writer, stop).ConfigureAwait(false);
        return $"producer {writer.ProducerId} epoch {writer.ProducerEpoch} in {writer.Partition}";
    }
}
