namespace Semel.Client.Consuming;

/// <summary>The state of the machine and its two lines, for the rules.</summary>
internal sealed class ConsumerTurn
{
    public ConsumerTurn(ConsumerState state)
    {
        State = state;
        Decoding = new DecodingLine(state);
        Line = new DeliveryLine(state, Decoding);
    }

    public ConsumerState State { get; }
    public DecodingLine Decoding { get; }
    public DeliveryLine Line { get; }
}
