namespace Semel.Client.Consuming;

/// <summary>Now, twice: the time since the consumer was made, on a clock that is never set; and the wall clock's, which only a reset by duration looks at.</summary>
internal readonly record struct Moment(TimeSpan Now, Instant Wall);
