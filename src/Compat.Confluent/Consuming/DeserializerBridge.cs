namespace Semel.Compat.Confluent;

/// <summary>A deserializer of this side where one of the client below is asked for.</summary>
sealed class DeserializerBridge<T>(IDeserializer<T> deserializer, MessageComponentType component) : Inner.IDeserializer<T>
{
    public T Deserialize(ReadOnlySpan<byte> data, bool isNull, Inner.SerializationContext context)
    {
        try
        {
            return deserializer.Deserialize(data, isNull, new SerializationContext(component, context.Topic, context.Headers.Here()));
        }
        catch (Exception failure)
        {
            throw new DeserializationFailure(component == MessageComponentType.Key ? ErrorCode.Local_KeyDeserialization : ErrorCode.Local_ValueDeserialization,
                failure);
        }
    }
}

sealed class DeserializationFailure(ErrorCode code, Exception cause) : Exception(cause.Message, cause)
{
    public ErrorCode Code => code;
}
