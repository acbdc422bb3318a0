"""The torchvision models that the two PyTorch exporters are tried on: SMALL ones of a few kilobytes, and LARGE as they are known.

A case is a function that builds the model and the shapes of its inputs. Weights are random.
"""
import dataclasses
import functools
import typing

import torch
import torch.nn as nn
import torchvision.models as tv
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.efficientnet import MBConvConfig
from torchvision.models.mobilenetv3 import InvertedResidualConfig


@dataclasses.dataclass
class Case:
    build: typing.Callable[[], nn.Module]
    shape: tuple = (2, 3, 64, 64)


class Out(nn.Module):
    """A segmentation model, without the names of its outputs."""

    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return self.body(x)["out"]


def mobilenet_v3():
    settings = functools.partial(InvertedResidualConfig, width_mult=0.5)
    return tv.MobileNetV3([settings(16, 3, 16, 16, True, "RE", 2, 1), settings(16, 3, 32, 24, False, "HS", 1, 1)], 24, num_classes=5)


def efficientnet():
    settings = functools.partial(MBConvConfig, width_mult=0.5, depth_mult=1.0)
    return tv.efficientnet.EfficientNet([settings(1, 3, 1, 16, 16, 1), settings(4, 5, 2, 16, 16, 2)], 0.0, num_classes=5)


def seeded(case):
    """The model in inference mode, its running statistics those of its input, and the input."""
    torch.manual_seed(0)
    model = case.build()
    x = torch.randn(case.shape)
    if any(isinstance(m, nn.BatchNorm2d) for m in model.modules()):
        with torch.no_grad():
            for _ in range(8):
                model.train()(x)
    for m in model.modules():
        if hasattr(m, "layer_scale"):  # an untrained one hides what it scales
            nn.init.ones_(m.layer_scale)
    for p in model.parameters():
        if p.dim() > 1 and not p.any():  # the head of ViT
            nn.init.normal_(p, std=0.1)
    return model.eval(), x


SMALL = {
    "shufflenet": Case(lambda: tv.ShuffleNetV2([1, 1, 1], [8, 16, 16, 16, 24], num_classes=5), (2, 3, 32, 32)),
    "densenet": Case(lambda: tv.DenseNet(4, (2, 1), 8, num_classes=5), (2, 3, 32, 32)),
    "mobilenet_v3": Case(mobilenet_v3, (2, 3, 16, 16)),
    "efficientnet": Case(efficientnet, (2, 3, 16, 16)),
    "convnext": Case(lambda: tv.ConvNeXt([CNBlockConfig(8, 16, 1), CNBlockConfig(16, None, 1)], num_classes=5), (2, 3, 32, 32)),
    "vit": Case(lambda: tv.VisionTransformer(16, 8, 1, 2, 16, 32, num_classes=5), (2, 3, 16, 16)),
    "swin": Case(lambda: tv.SwinTransformer([2, 2], 8, [2, 1], [1, 2], [2, 2], num_classes=5), (2, 3, 12, 12)),
}

LARGE = {
    "resnet18": Case(lambda: tv.resnet18()),
    "resnet50": Case(lambda: tv.resnet50()),
    "resnext50": Case(lambda: tv.resnext50_32x4d()),
    "vgg11": Case(lambda: tv.vgg11(), (1, 3, 224, 224)),
    "vgg11_bn": Case(lambda: tv.vgg11_bn(), (2, 3, 224, 224)),
    "densenet121": Case(lambda: tv.densenet121()),
    "mobilenet_v2": Case(lambda: tv.mobilenet_v2()),
    "mobilenet_v3_small": Case(lambda: tv.mobilenet_v3_small()),
    "mobilenet_v3_large": Case(lambda: tv.mobilenet_v3_large()),
    "efficientnet_b0": Case(lambda: tv.efficientnet_b0()),
    "efficientnet_v2_s": Case(lambda: tv.efficientnet_v2_s()),
    "shufflenet_v2": Case(lambda: tv.shufflenet_v2_x1_0()),
    "squeezenet1_0": Case(lambda: tv.squeezenet1_0()),
    "squeezenet1_1": Case(lambda: tv.squeezenet1_1()),
    "googlenet": Case(lambda: tv.googlenet(aux_logits=False, init_weights=False)),
    "inception_v3": Case(lambda: tv.inception_v3(aux_logits=False, init_weights=False), (2, 3, 96, 96)),
    "mnasnet": Case(lambda: tv.mnasnet0_5()),
    "regnet": Case(lambda: tv.regnet_y_400mf()),
    "convnext_tiny": Case(lambda: tv.convnext_tiny()),
    "vit_b_16": Case(lambda: tv.VisionTransformer(64, 16, 12, 12, 768, 3072)),
    "swin_t": Case(lambda: tv.swin_t()),
    "swin_v2_t": Case(lambda: tv.swin_v2_t()),
    "deeplabv3": Case(lambda: Out(tv.segmentation.deeplabv3_mobilenet_v3_large(weights_backbone=None))),
    "fcn": Case(lambda: Out(tv.segmentation.fcn_resnet50(weights_backbone=None))),
    "lraspp": Case(lambda: Out(tv.segmentation.lraspp_mobilenet_v3_large(weights_backbone=None))),
}
