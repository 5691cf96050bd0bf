using Semel.Cli.Arguments;
using Semel.Protocol;

namespace Semel.Cli.Transactions;

/// <summary>What the commands about transactions share: the options have the names of Kafka's own tool.</summary>
static class TransactionOptions
{
    public static readonly Option Id = new("--transactional-id", "ID", "the transactional id") { Aliases = ["--transactionalId"] };
    public static readonly Option Topic = new("--topic", "TOPIC", "the topic") { Aliases = ["-t"], Completes = Completes.Topic };
    public static readonly Option<long> Partition = new("--partition", "N", "the partition of the topic", OptionType.Number(0, int.MaxValue)) { Aliases = ["-p"] };
    public static readonly Option<long> Broker = new("--broker-id", "N", "ask this broker, not the partition's leader", OptionType.Number(0, int.MaxValue));
    public static readonly Option<long> ProducerId = new("--producer-id", "N", "the producer id that the transaction is written with", OptionType.Number(0));
    public static readonly Option<long> ProducerEpoch = new("--producer-epoch", "N", "the epoch of that producer id", OptionType.Number(0, short.MaxValue));

    public static ProducerEpoch Epoch(long number) => new((short)number);

    /// <exception cref="CommandException">The id is missing or empty.</exception>
    public static string RequiredId(ParsedArguments arguments) => (arguments.Operands.Count > 0 ? arguments.Operands[0] : arguments.Text(Id)) is { Length: > 0 } id
        ? id
        : throw CommandException.Usage($"'semel {arguments.Syntax.Name}' needs a transactional id.", $"For example: semel {arguments.Syntax.Name} --transactional-id billing-0");

    /// <exception cref="CommandException">One of the two is missing.</exception>
    public static TopicPartition RequiredPartition(ParsedArguments arguments) => (arguments.Text(Topic), arguments.Find(Partition)) is ({ Length: > 0 } topic, { } partition)
        ? new TopicPartition(topic, (int)partition)
        : throw CommandException.Usage($"'semel {arguments.Syntax.Name}' needs --topic and --partition.", $"For example: semel {arguments.Syntax.Name} --topic orders --partition 0");
}
