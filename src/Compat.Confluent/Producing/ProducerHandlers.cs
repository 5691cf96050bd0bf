namespace Semel.Compat.Confluent;

/// <summary>What a program gave to be told by; null where it gave nothing.</summary>
sealed record ProducerHandlers(Action<Error> Error, Action<LogMessage> Log, Action<string> Statistics);
