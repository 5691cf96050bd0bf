namespace Semel.Client;

/// <summary>
/// The commit was sent and no definite answer came. The transaction is committed as a whole or not at all: await CommitAsync again, or
/// <see cref="ITransaction.ResolveAsync"/>. No other transaction can begin before that.
/// </summary>
public sealed class TransactionOutcomeUnknownException(Error error, Exception? innerException = null)
    : KafkaException(error, ErrorClass.Application, innerException);

/// <summary>Another instance has claimed the transactional id. Nothing that was not committed before will be: stop this instance.</summary>
public sealed class ProducerFencedException(Error error, Exception? innerException = null) : KafkaException(error, ErrorClass.Fenced, innerException);

/// <summary>
/// The transaction was open for longer than transaction.timeout.ms and the coordinator has aborted it, as far as this client's own clock can tell that from a
/// takeover. Make a new producer, and read the input again from the last committed offsets.
/// </summary>
public sealed class TransactionTimedOutException(Error error, Exception? innerException = null) : KafkaException(error, ErrorClass.Fenced, innerException);
